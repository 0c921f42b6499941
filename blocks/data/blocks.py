"""The data family: services not yet thought of, bound by editors to sources that administrators declare (G5.5)."""

from blocks.data.detail import DataDetailBlock
from blocks.data.form import DataFormBlock
from blocks.data.listing import DataListBlock

BLOCKS = [("data_list", DataListBlock), ("data_detail", DataDetailBlock), ("data_form", DataFormBlock)]
