"""Django's database back-end as this product uses it; `ENGINE` names this package."""
