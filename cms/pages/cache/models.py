"""The one table that tells every process what has changed."""

from django.db import models


class Mark(models.Model):
    """One change of one subject. Rows are only ever added, in the transaction of the change itself.

    The state of a subject is the sum of its tokens: it does not depend on the order in which transactions commit, no
    writer waits for another, and what is rolled back was never there. The worker adds old rows together.
    """

    tag = models.CharField(max_length=40)
    token = models.BigIntegerField()

    class Meta:
        verbose_name = "变更标记"
        verbose_name_plural = "变更标记"

    def __str__(self) -> str:
        return self.tag
