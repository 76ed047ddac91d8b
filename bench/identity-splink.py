"""
The same records through Splink, as somebody would set it up who knows it well: comparisons of its library with term frequencies, chance
from random pairs, the rest by expectation-maximisation over three blocking rules, clusters at 0.95.

    identity-splink.py RECORDS.parquet TRUTH.csv MEMORY THREADS

RECORDS has `unique_id`, the attributes, and a column `block_<n>` for each blocking rule: pairs are compared that have the same value in one of
them. Prints one line of JSON: what it took, and how well it did.
"""

import json
import logging
import resource
import sys
import time

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

logging.disable(logging.WARNING)
records, truth, memory, threads = sys.argv[1:]
started = time.perf_counter()

connection = duckdb.connect()
connection.execute(f"SET memory_limit = '{memory}'; SET threads = {threads}")
connection.execute("CREATE TABLE people AS SELECT * FROM read_parquet(?)", [records])
blocks = [name for (name, *_) in connection.execute("DESCRIBE people").fetchall() if name.startswith("block_")]


def common(comparison):
    return comparison.configure(term_frequency_adjustments=True)


settings = SettingsCreator(
    link_type="dedupe_only",
    comparisons=[
        common(cl.NameComparison("given_name")),
        common(cl.NameComparison("family_name")),
        cl.DateOfBirthComparison("birth_date", input_is_string=True, datetime_format="%Y-%m-%d"),
        common(cl.EmailComparison("email")),
        common(cl.LevenshteinAtThresholds("phone", [1, 2])),
        common(cl.JaroWinklerAtThresholds("street", [0.9, 0.8])),
    ],
    blocking_rules_to_generate_predictions=[block_on(name) for name in blocks],
)
api = DuckDBAPI(connection)
linker = Linker(api.register("people"), settings)
linker.training.estimate_probability_two_random_records_match(
    [block_on("given_name", "family_name", "birth_date"), block_on("email"), block_on("phone", "family_name")], recall=0.8
)
linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=42)
for rule in [("given_name", "family_name"), ("birth_date",), ("email",)]:
    linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
pairs = linker.inference.predict(threshold_match_probability=0.01)
seconds = {}
clusters = {}
for threshold in [0.95, 0.5, 0.9, 0.99, 0.999]:
    clusters[threshold] = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold_match_probability=threshold)
    # What comes after the first threshold only looks whether another would have been better.
    seconds.setdefault("elapsed", time.perf_counter() - started)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    seconds.setdefault("cpu", usage.ru_utime + usage.ru_stime)


def score(table):
    """Pairwise precision, recall and F1 over the records of the truth."""
    known = f"(SELECT cluster_id, entity_id FROM {table} JOIN read_csv('{truth}', all_varchar = true) t ON t.id = unique_id)"

    def within(groups):
        return connection.execute(f"SELECT sum(n * (n - 1) / 2) FROM (SELECT count(*) AS n FROM {known} GROUP BY {groups})").fetchone()[0]

    right, linked, true = (within(groups) for groups in ["cluster_id, entity_id", "cluster_id", "entity_id"])
    return {"precision": right / max(1, linked), "recall": right / true, "f1": 2 * right / (linked + true)}


scores = {threshold: score(found.physical_name) for threshold, found in clusters.items()}
best = max(scores, key=lambda threshold: scores[threshold]["f1"])
print(
    json.dumps(
        {
            **seconds,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "at": scores[0.95],
            "best": {"threshold": best, **scores[best]},
        }
    )
)
