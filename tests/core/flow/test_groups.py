"""Flows put together: sums agree with the flows one by one, and the expression of a group picks its flows."""

from __future__ import annotations

import numpy as np
import pytest

from tests.screens.model import HOSTS, model
from tui.core.flow.groups import MEASURES, By, group
from tui.core.flow.listed import FlowRows
from tui.core.flow.owners import NOBODY, How, Owner, OwnerTable
from tui.filters.flows import compile_flows
from tui.filters.packets import Place


@pytest.fixture(scope="module")
def rows() -> FlowRows:
    return model().flow_rows(limit=1_000)


def every(rows: FlowRows) -> np.ndarray:
    return np.arange(len(rows))


def test_hosts_count_both_sides(rows: FlowRows) -> None:
    hosts = group(rows, every(rows), By.HOST, NOBODY)
    assert hosts.flows.sum() == 2 * HOSTS
    assert hosts.bytes.sum() == 2 * rows.flows.bytes.sum()
    busiest = int(hosts.order("flows", True)[0])
    assert (hosts.label(busiest), int(hosts.flows[busiest])) == ("192.168.0.1", HOSTS)


@pytest.mark.parametrize("by", list(By))
def test_the_expression_of_a_group_picks_its_flows(rows: FlowRows, by: By) -> None:
    table = OwnerTable()
    table.put({3: Owner(1, 'a "name"\\', "", How.EXACT), 4: Owner(2, "b", "", How.PORT)})
    owners = table.owners
    groups = group(rows, every(rows), by, owners)
    place = Place(labels={"nettui.process": lambda columns: owners.texts(columns.flow)})
    for number in range(len(groups)):
        picked = compile_flows(groups.expression(number)).match(rows.flows, place)
        assert picked.sum() == groups.flows[number], groups.expression(number)


def test_only_the_flows_that_are_listed_count(rows: FlowRows) -> None:
    services = group(rows, every(rows)[:5], By.SERVICE, NOBODY)
    assert services.flows.sum() == 5


@pytest.mark.parametrize("measure", MEASURES)
def test_groups_are_ordered_by_any_measure(rows: FlowRows, measure: str) -> None:
    hosts = group(rows, every(rows), By.HOST, NOBODY)
    values = getattr(hosts, measure)[hosts.order(measure, True)]
    assert (np.diff(values) <= 0).all()


def test_no_flow_is_no_group(rows: FlowRows) -> None:
    assert len(group(rows, every(rows)[:0], By.HOST, NOBODY)) == 0
