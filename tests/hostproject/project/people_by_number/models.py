from person import BasePerson


class Person(BasePerson):
    """The same people with a number for a key, as most projects have them."""
