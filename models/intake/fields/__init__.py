"""The kinds of answers a service can ask for, by the name a service file calls them."""

from models.intake.fields.availability import Availability
from models.intake.fields.base import FieldType
from models.intake.fields.mobile import Mobile
from models.intake.fields.person_name import PersonName
from models.intake.fields.place import Place
from models.intake.fields.work_kinds import WorkKinds
from models.intake.fields.yes_no import YesNo

FIELD_TYPES: dict[str, FieldType] = {
    kind.code: kind
    for kind in (PersonName(), Mobile(), Place(), WorkKinds(), Availability(), YesNo())
}
