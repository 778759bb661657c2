"""What the audit's codes are called on pages: acts, and what they were about. An unknown code is shown as it
is.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from edge.web.texts import N_

ACTS: Mapping[str, str] = MappingProxyType(
    {
        "sign_in": N_("signed in"),
        "sign_out": N_("signed out"),
        "sign_in_refused": N_("was not signed in"),
        "session_in_another_browser": N_("session used in another browser: ended"),
        "end_session": N_("ended a session"),
        "end_all_sessions": N_("ended all sessions"),
        "enrol_passkey": N_("enrolled a passkey"),
        "remove_passkey": N_("removed a passkey"),
        "passkey_counted_back": N_("a copied passkey was refused"),
        "set_password": N_("set password and second factor"),
        "remove_password": N_("removed password and second factor"),
        "make_link": N_("made a one-time link"),
        "create_account": N_("made an account"),
        "end_account": N_("ended an account"),
        "give_grant": N_("gave a role"),
        "take_grant": N_("took a role"),
        "create_token": N_("made a token"),
        "revoke_token": N_("revoked a token"),
        "create_place": N_("made a place"),
        "change_place": N_("changed a place"),
        "move_place": N_("moved a place"),
        "remove_place": N_("removed a place"),
        "import_addresses": N_("imported addresses"),
        "remove_address": N_("removed addresses"),
        "look": N_("opened a person's record"),
        "put_subject": N_("changed a person"),
        "set_status": N_("set a status"),
        "set_isolation": N_("set home isolation"),
        "erase_subject": N_("erased a person"),
        "revoke_subject": N_("revoked a person at once"),
        "revoke_passes": N_("revoked passes at once"),
        "consent": N_("recorded a consent"),
        "withdraw_consent": N_("withdrew a consent"),
        "accept_enrolment": N_("accepted an enrolment"),
        "refuse_enrolment": N_("refused an enrolment"),
        "put_policy": N_("changed a policy"),
        "publish": N_("published a registry"),
        "publish_lists": N_("published lists of certificates"),
        "ask_change": N_("asked for a change"),
        "approve_change": N_("approved a change"),
        "send_back_change": N_("sent a change back"),
        "withdraw_change": N_("withdrew a change"),
        "lapse_change": N_("a change lapsed"),
        "change_many": N_("changed many people"),
        "take_alarm": N_("took an alarm"),
        "snooze_alarm": N_("put an alarm off"),
        "close_alarm": N_("closed an alarm"),
        "send_for_alarm": N_("sent somebody for an alarm"),
        "set_alarm_rule": N_("changed a rule of alarms"),
        "remove_alarm_rule": N_("removed a rule of alarms"),
        "open_appeal": N_("took an appeal down"),
        "take_appeal": N_("took an appeal on"),
        "correct_appeal": N_("corrected after an appeal"),
        "import_list": N_("imported a list"),
        "drop_list": N_("put a list away"),
        "export": N_("exported"),
        "invite": N_("invited a visitor"),
        "cancel_visit": N_("cancelled a visit"),
        "say_visitor_left": N_("said that a visitor left"),
        "make_invitation": N_("made a link for a resident"),
        "withdraw_invitation": N_("withdrew a link of a resident"),
        "check_number": N_("checked a number"),
        "make_employer": N_("made an employer"),
        "give_employer_link": N_("gave an employer its link"),
        "send_employer_list": N_("sent a list"),
        "put_list_aside": N_("put a list aside"),
        "command": N_("commanded a gate"),
        "create_gate": N_("made a gate"),
        "retire_gate": N_("retired a gate"),
        "suspend_gate": N_("suspended a gate"),
        "resume_gate": N_("resumed a gate"),
        "acknowledge_finding": N_("took care of a finding"),
    }
)
"""What somebody did."""

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "account": N_("account"),
        "alarm": N_("alarm"),
        "alarm_rule": N_("rule of alarms"),
        "appeal": N_("appeal"),
        "change_set": N_("change"),
        "employer": N_("employer"),
        "employer_list": N_("an employer's list"),
        "export": N_("export"),
        "finding": N_("finding"),
        "gate": N_("gate"),
        "invitation": N_("a resident's link"),
        "place": N_("place"),
        "policy": N_("policy"),
        "registry": N_("registry"),
        "site": N_("site"),
        "subject": N_("person"),
        "token": N_("token"),
        "upload": N_("uploaded list"),
        "visit": N_("visit"),
    }
)
"""What an act was about."""
