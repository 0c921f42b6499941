"""The blocks of places, departments, doctors, conditions and search."""

from blocks.places.directory import DepartmentDirectoryBlock
from blocks.places.doctors import DoctorShowcaseBlock
from blocks.places.finder import ConditionFinderBlock
from blocks.places.floor_map import FloorMapBlock
from blocks.places.search import SearchBoxBlock, SearchResultsBlock

BLOCKS = [
    ("floor_map", FloorMapBlock),
    ("department_directory", DepartmentDirectoryBlock),
    ("doctor_showcase", DoctorShowcaseBlock),
    ("condition_finder", ConditionFinderBlock),
    ("search_box", SearchBoxBlock),
    ("search_results", SearchResultsBlock),
]
