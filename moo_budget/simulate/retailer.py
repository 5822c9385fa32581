"""The demonstration's world."""

from __future__ import annotations

from moo_budget.simulate.flighting import Flighting
from moo_budget.simulate.truth import TrueOutcome, TrueResponse
from moo_budget.simulate.world import World


def online_retailer() -> World:
    """An invented shop with ten channels; three outcomes; television is past its best, two small channels are not.

    Of some 100,000 USD a week, television takes a third and brings little more with every further dollar;
    online video and podcasts are small and far from saturated.
    """
    flighting = {
        "tv": Flighting(34_000, spread=0.4),
        "paid_search": Flighting(18_000, spread=0.3),
        "shopping_ads": Flighting(12_000, spread=0.4),
        "paid_social": Flighting(14_000, spread=0.45),
        "display": Flighting(5_000, spread=0.5),
        "online_video": Flighting(4_000, spread=0.8),
        "podcasts": Flighting(3_000, spread=0.9),
        "radio": Flighting(9_000, spread=0.4, bursts=True),
        "out_of_home": Flighting(11_000, spread=0.4, bursts=True),
        "affiliates": Flighting(6_000, spread=0.35),
    }
    revenue = {
        "tv": TrueResponse(95_000, 9_000, 1.6, 0.4),
        "paid_search": TrueResponse(150_000, 22_000, 1.0, 0.1),
        "shopping_ads": TrueResponse(90_000, 13_000, 1.2, 0.1),
        "paid_social": TrueResponse(80_000, 14_000, 1.3, 0.2),
        "display": TrueResponse(14_000, 5_000, 1.0, 0.2),
        "online_video": TrueResponse(150_000, 16_000, 1.3, 0.3),
        "podcasts": TrueResponse(130_000, 14_000, 1.2, 0.2),
        "radio": TrueResponse(30_000, 9_000, 1.3, 0.3),
        "out_of_home": TrueResponse(30_000, 12_000, 1.2, 0.4),
        "affiliates": TrueResponse(36_000, 6_000, 1.0, 0.0),
    }
    impressions = {
        "tv": TrueResponse(4_500_000, 8_000, 1.2, 0.2),
        "paid_search": TrueResponse(1_800_000, 30_000),
        "shopping_ads": TrueResponse(1_900_000, 25_000),
        "paid_social": TrueResponse(3_200_000, 16_000, 1.1),
        "display": TrueResponse(3_500_000, 14_000),
        "online_video": TrueResponse(5_200_000, 15_000, 1.1),
        "podcasts": TrueResponse(2_900_000, 10_000),
        "radio": TrueResponse(2_500_000, 20_000, 1.0, 0.2),
        "out_of_home": TrueResponse(2_500_000, 14_000, 1.1, 0.3),
        "affiliates": TrueResponse(900_000, 12_000),
    }
    clicks = {
        "paid_search": TrueResponse(32_000, 28_000),
        "shopping_ads": TrueResponse(24_000, 22_000),
        "paid_social": TrueResponse(28_000, 26_000, 1.1),
        "display": TrueResponse(5_000, 12_000),
        "online_video": TrueResponse(9_000, 14_000, 1.2),
        "podcasts": TrueResponse(3_000, 9_000),
        "affiliates": TrueResponse(12_000, 13_000),
    }
    return World(
        title="An online retailer (invented)",
        start="2022-01-03",
        flighting=flighting,
        outcomes={
            "revenue": TrueOutcome("USD", "revenue", revenue, noise=0.028, level=600_000, growth=0.05, season=0.06),
            "awareness": TrueOutcome("impressions", "{channel}_impressions", impressions, noise=0.12),
            "engagement": TrueOutcome("clicks", "{channel}_clicks", clicks, noise=0.15),
        },
    )
