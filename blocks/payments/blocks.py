"""The blocks of this family, in the order of the picker."""

from blocks.payments.checkout import CheckoutBlock

__all__ = ["BLOCKS"]

BLOCKS = [("checkout", CheckoutBlock)]
