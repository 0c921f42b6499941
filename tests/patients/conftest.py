"""What the tests of patients borrow from registration's."""

from tests.registration.conftest import fake_his, merchant

__all__ = ["fake_his", "merchant"]
