"""Segment's e-commerce vocabulary, as far as several tools share it: products and what was earned."""

from collections.abc import Mapping
from typing import Any

from headwater.deliver import lookup

ORDER_COMPLETED = "Order Completed"
PRODUCT_PURCHASED = "Product Purchased"


def products(properties: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the `products` of an order, without what is no product."""
    found = properties.get("products")
    if not isinstance(found, list):
        return []
    return [lookup.without_blanks(product) for product in found if isinstance(product, dict)]


def revenue(properties: Mapping[str, Any]) -> float | int | None:
    """Return what was earned: `revenue`, as Segment's tools read it, and nothing that is only a price tag."""
    return lookup.number(properties.get("revenue"))


def purchases(event: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the products of a completed order; none of any other event."""
    return products(lookup.mapping(event, "properties")) if event.get("event") == ORDER_COMPLETED else []
