"""Why a bundle cannot be taken, in a sentence for staff."""


class BundleError(Exception):
    """``code`` for programs, ``sentence`` for people."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = str(sentence)
