import base64
import json


def scopes(token):
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["scope"].split()


def test_staff_write_orders(sign_in):
    assert "orders/write" in scopes(sign_in(1))


def test_customers_read_them(sign_in):
    found = scopes(sign_in(2))
    assert "orders/read" in found and "orders/write" not in found
