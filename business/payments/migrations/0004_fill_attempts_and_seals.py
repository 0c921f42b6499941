"""Write down the one attempt of each order that was ever announced, and seal what the ledger holds by now."""

from datetime import UTC

from django.db import migrations

from business.payments import guard
from business.security import crypto

LIVE = {"paying": "open", "closing": "closing"}
ANNOUNCED = ("paying", "closing", "closed", "paid", "settled", "refunding", "refunded")


def fill(apps, schema_editor):
    order_model, attempt_model = apps.get_model("payments", "Order"), apps.get_model("payments", "Attempt")
    payment_model = apps.get_model("payments", "Payment")
    with_money = set(payment_model.objects.values_list("order_id", flat=True))
    for order in order_model.objects.filter(state__in=ANNOUNCED).iterator(chunk_size=500):
        if order.state == "closed" and not order.pay_until and order.pk not in with_money:
            continue
        attempt = attempt_model.objects.create(
            number=order.out_trade_no,
            order=order,
            merchant_id=order.merchant_id,
            scene="jsapi",
            state="paid" if order.pk in with_money else LIVE.get(order.state, "closed"),
            prepay=order.prepay_id,
            prepay_at=order.prepay_at,
            pay_until=order.pay_until or order.expires_at,
            client_ip=order.client_ip,
        )
        payment_model.objects.filter(order_id=order.pk).update(attempt=attempt)


def seal(apps, schema_editor):
    """Compute what ``ledger.mac_of`` computes; the triggers are away meanwhile."""
    entry_model = apps.get_model("payments", "LedgerEntry")
    line_model = apps.get_model("payments", "LedgerLine")
    guard.remove(schema_editor.connection)
    for entry in entry_model.objects.iterator(chunk_size=500):
        lines = line_model.objects.filter(entry=entry).values_list("account", "amount_fen")
        facts = [entry.key, str(entry.order_id), entry.event, entry.at.astimezone(UTC).isoformat()]
        facts += [f"{account}={amount}" for account, amount in sorted(lines)]
        entry_model.objects.filter(pk=entry.pk).update(mac=crypto.seal("ledger.entry\n" + "\n".join(facts)))


def nothing(apps, schema_editor):
    """There is nothing to take back."""


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_attempts_and_seals")]
    operations = [migrations.RunPython(fill, nothing), migrations.RunPython(seal, nothing)]
