"""Facts about the hospital. Introductions and photos live on their pages."""

from business.hospital.models.conditions import Condition, ConditionWord
from business.hospital.models.facts import Campus, Department, Doctor, Named, Sounding
from business.hospital.models.places import FloorPlan, Place, PlaceDepartment
from business.hospital.models.staff import DepartmentGroup

__all__ = [
    "Campus",
    "Condition",
    "ConditionWord",
    "Department",
    "DepartmentGroup",
    "Doctor",
    "FloorPlan",
    "Named",
    "Place",
    "PlaceDepartment",
    "Sounding",
]
