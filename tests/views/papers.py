"""Inputs and printed results of the two papers that everybody compares with, typed from their tables."""

import numpy as np

# He and Litterman 1999, "The intuition behind Black-Litterman model portfolios", tables 1 and 2 (delta 2.5, tau 0.05).
COUNTRIES = ("Australia", "Canada", "France", "Germany", "Japan", "UK", "USA")
CORRELATION = np.array(
    [
        [1.000, 0.488, 0.478, 0.515, 0.439, 0.512, 0.491],
        [0.488, 1.000, 0.664, 0.655, 0.310, 0.608, 0.779],
        [0.478, 0.664, 1.000, 0.861, 0.355, 0.783, 0.668],
        [0.515, 0.655, 0.861, 1.000, 0.354, 0.777, 0.653],
        [0.439, 0.310, 0.355, 0.354, 1.000, 0.405, 0.306],
        [0.512, 0.608, 0.783, 0.777, 0.405, 1.000, 0.652],
        [0.491, 0.779, 0.668, 0.653, 0.306, 0.652, 1.000],
    ]
)
VOLATILITY = np.array([0.160, 0.203, 0.248, 0.271, 0.210, 0.200, 0.187])
MARKET = np.array([0.016, 0.022, 0.052, 0.055, 0.116, 0.124, 0.615])
COVARIANCE = CORRELATION * np.outer(VOLATILITY, VOLATILITY)
EQUILIBRIUM = np.array([3.9, 6.9, 8.4, 9.0, 4.3, 6.8, 7.6])  # per cent
GERMANY_OVER_EUROPE = np.array([0, 0, -0.052 / 0.176, 1, 0, -0.124 / 0.176, 0])  # France and the UK by market size
CANADA_OVER_USA = np.array([0, 1, 0, 0, 0, 0, -1.0])
CANADA_OVER_JAPAN = np.array([0, 1, 0, 0, -1.0, 0, 0])
# Table -> picks, values, variances of the views in p Sigma p', then as printed, in per cent: posterior returns,
# weights, weights less market / (1 + tau); and the weights of the views, Lambda.
HE_LITTERMAN = {
    "table 4": (
        [GERMANY_OVER_EUROPE],
        [0.05],
        [1.0],
        [4.3, 7.6, 9.3, 11.0, 4.5, 7.0, 8.1],
        [1.5, 2.1, -4.0, 35.4, 11.0, -9.5, 58.6],
        [0.0, 0.0, -8.9, 30.2, 0.0, -21.3, 0.0],
        [0.317],
    ),
    "table 5": (
        [GERMANY_OVER_EUROPE, CANADA_OVER_USA],
        [0.05, 0.03],
        [1.0, 1.0],
        [4.4, 8.7, 9.5, 11.2, 4.6, 7.0, 7.5],
        [1.5, 41.9, -3.4, 33.6, 11.0, -8.2, 18.8],
        [0.0, 39.8, -8.4, 28.4, 0.0, -20.0, -39.8],
        [0.298, 0.418],
    ),
    "table 6": (
        [GERMANY_OVER_EUROPE, CANADA_OVER_USA],
        [0.05, 0.04],
        [1.0, 1.0],
        [4.4, 9.1, 9.5, 11.3, 4.6, 7.0, 7.3],
        [1.5, 53.3, -3.3, 33.1, 11.0, -7.8, 7.3],
        [0.0, 51.3, -8.2, 27.8, 0.0, -19.6, -51.3],
        [0.292, 0.538],
    ),
    "table 7": (
        [GERMANY_OVER_EUROPE, CANADA_OVER_USA],
        [0.05, 0.04],
        [2.0, 1.0],
        [4.3, 8.9, 9.3, 10.6, 4.6, 6.9, 7.2],
        [1.5, 53.9, -0.5, 23.6, 11.0, -1.1, 6.8],
        [0.0, 51.8, -5.4, 18.4, 0.0, -13.0, -51.8],
        [0.193, 0.544],
    ),
    "table 8": (  # a third view that asks for what the others and the market already say: its weight is zero
        [GERMANY_OVER_EUROPE, CANADA_OVER_USA, CANADA_OVER_JAPAN],
        [0.05, 0.04, 0.0412],
        [2.0, 1.0, 1.0],
        None,  # the table is about the weights
        [1.5, 53.9, -0.5, 23.6, 11.0, -1.1, 6.8],
        [0.0, 51.8, -5.4, 18.4, 0.0, -13.0, -51.8],
        [0.193, 0.544, 0.0],
    ),
}

# Idzorek 2005, "A step-by-step guide to the Black-Litterman model", tables 2, 4 and 5 (tau 0.025, a premium of 3 %).
ASSETS = (
    "US bonds",
    "international bonds",
    "US large growth",
    "US large value",
    "US small growth",
    "US small value",
    "international developed equity",
    "international emerging equity",
)
IDZOREK_COVARIANCE = np.array(
    [
        [0.001005, 0.001328, -0.000579, -0.000675, 0.000121, 0.000128, -0.000445, -0.000437],
        [0.001328, 0.007277, -0.001307, -0.000610, -0.002237, -0.000989, 0.001442, -0.001535],
        [-0.000579, -0.001307, 0.059852, 0.027588, 0.063497, 0.023036, 0.032967, 0.048039],
        [-0.000675, -0.000610, 0.027588, 0.029609, 0.026572, 0.021465, 0.020697, 0.029854],
        [0.000121, -0.002237, 0.063497, 0.026572, 0.102488, 0.042744, 0.039943, 0.065994],
        [0.000128, -0.000989, 0.023036, 0.021465, 0.042744, 0.032056, 0.019881, 0.032235],
        [-0.000445, 0.001442, 0.032967, 0.020697, 0.039943, 0.019881, 0.028355, 0.035064],
        [-0.000437, -0.001535, 0.048039, 0.029854, 0.065994, 0.032235, 0.035064, 0.079958],
    ]
)
IDZOREK_MARKET = np.array([0.1934, 0.2613, 0.1209, 0.1209, 0.0134, 0.0134, 0.2418, 0.0349])
IDZOREK_PREMIUM = 0.03
IDZOREK_EQUILIBRIUM = np.array([0.08, 0.67, 6.41, 4.08, 7.43, 3.70, 4.80, 6.60])  # per cent
IDZOREK_PICKS = np.array([[0, 0, 0, 0, 0, 0, 1, 0], [-1, 1, 0, 0, 0, 0, 0, 0], [0, 0, 0.9, -0.9, 0.1, -0.1, 0, 0]])
IDZOREK_VALUES = np.array([0.0525, 0.0025, 0.02])
IDZOREK_CONFIDENCE = np.array([0.25, 0.50, 0.65])
# As printed, in per cent: with variances of the views in proportion, and with all views certain.
IDZOREK_RETURNS = np.array([0.07, 0.50, 6.50, 4.32, 7.59, 3.94, 4.93, 6.84])
IDZOREK_WEIGHTS = np.array([29.88, 15.59, 9.35, 14.82, 1.04, 1.65, 27.81, 3.49])
IDZOREK_CERTAIN_WEIGHTS = np.array([43.82, 1.65, 3.81, 20.37, 0.42, 2.26, 35.21, 3.49])
IDZOREK_IMPLIED_CONFIDENCE = np.array([32.94, 43.06, 33.02])
