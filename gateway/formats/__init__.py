"""How dates and times look, where Django's own formats of a language are not ours."""
