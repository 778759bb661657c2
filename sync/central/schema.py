"""Every table of central's database, from all rooms: `metadata` is complete once this is imported."""

from __future__ import annotations

from sync.central.accesses import tables as _accesses
from sync.central.accounts import tables as _accounts
from sync.central.adoption import tables as _adoption
from sync.central.alarms import tables as _alarms
from sync.central.audit import tables as _audit
from sync.central.changes import tables as _changes
from sync.central.delivery import tables as _delivery
from sync.central.dispatch import tables as _dispatch
from sync.central.enrolments import tables as _enrolments
from sync.central.entry_holds import tables as _entry_holds
from sync.central.explain import tables as _explain
from sync.central.flow import tables as _flow
from sync.central.history import tables as _history
from sync.central.imports import tables as _imports
from sync.central.isolation import tables as _isolation
from sync.central.people import tables as _people
from sync.central.places import tables as _places
from sync.central.processes import tables as _processes
from sync.central.reported import tables as _reported
from sync.central.reports import tables as _reports
from sync.central.rollouts import tables as _rollouts
from sync.central.tables import metadata
from sync.central.temperature import tables as _temperature
from sync.central.visits import tables as _visits
from sync.central.web.api import tables as _api

TABLES = (
    _accesses.access,
    _accesses.access_count,
    _accounts.account,
    _adoption.device_revocation,
    _adoption.gate_invitation,
    _alarms.alarm,
    _alarms.alarm_cue,
    _alarms.alarm_mark,
    _alarms.alarm_rule,
    _alarms.alarm_step,
    _api.api_request,
    _audit.audit_entry,
    _delivery.delivery,
    _dispatch.task,
    _enrolments.enrolment_request,
    _entry_holds.entry_hold,
    _entry_holds.entry_hold_asked,
    _entry_holds.entry_hold_gate,
    _explain.what_if_answer,
    _flow.flow_correction,
    _flow.flow_count,
    _flow.flow_day,
    _flow.flow_forecast,
    _flow.flow_level,
    _flow.flow_limit,
    _flow.zone,
    _flow.zone_gate,
    _history.deletion,
    _history.history_erasure,
    _history.history_file,
    _history.history_folder,
    _history.history_run,
    _history.legal_hold,
    _history.retention_rule,
    _imports.upload,
    _isolation.isolation_exit,
    _people.look,
    _people.consent,
    _people.erasure,
    _places.address,
    _changes.change_set,
    _places.place,
    _places.place_within,
    _processes.centre_process,
    _processes.lease,
    _temperature.temperature_count,
    _visits.code_salt,
    _visits.employer,
    _visits.employer_list,
    _visits.invitation,
    _visits.number_use,
    _visits.visit,
    _visits.wrong_number,
    _reported.command_request,
    _reported.gate_condition,
    _reported.probe,
    _reported.receipt,
    _reported.removal,
    _reports.report,
    _rollouts.rollout,
    _rollouts.rollout_gate,
)
"""Named, so that the import of the rooms' tables is one that is used."""

for _table in metadata.tables.values():
    for _index in _table.indexes:
        _index.dialect_kwargs.update(_index.info)

__all__ = ["metadata"]
