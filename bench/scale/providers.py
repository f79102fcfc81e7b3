"""When each provider posts again what was not taken (docs/providers/): the pauses between its tries, in seconds."""

RETRIES: dict[str, tuple[float, ...]] = {
    "8x8": (1, 10, 30, 90),  # and then it gives up, after 131 s
    "url-networks": (60,) * 9,  # ten tries; the pause is not documented, a minute is assumed
    "agile-telecom": (900,) * 3,
    "sinch": tuple(5.0 * 2**n for n in range(14)),  # 5 s, doubling, for about 22 h 45 min
}
