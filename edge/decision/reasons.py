"""Every reason a decision can have: a stable code, with a text and a remedy in Chinese and English.

A code, once released, keeps its meaning for ever: journals and centrals hold it. To add one, add a
member, its text and its step in `decide`'s docstring; the tests fail until all three are there.
"""

from __future__ import annotations

from enum import StrEnum

from edge.decision.faces import FaceProblem
from edge.decision.text import Text


class Reason(StrEnum):
    # Grants
    FACE_MATCHED = "face_matched"
    CODE_ACCEPTED = "code_accepted"
    FACE_AND_CODE_AGREE = "face_and_code_agree"
    GATE_FREE = "gate_free"
    # The gate itself
    POLICY_MISSING = "policy_missing"
    GATE_LOCKED = "gate_locked"
    REGISTRY_MISSING = "registry_missing"
    REGISTRY_STALE = "registry_stale"
    CLOCK_UNTRUSTED = "clock_untrusted"
    STAFF_DECIDES = "staff_decides"
    JOURNAL_UNAVAILABLE = "journal_unavailable"
    # The code
    CODE_REQUIRED = "code_required"
    NOT_A_PASS = "not_a_pass"
    CODE_TOO_LONG = "code_too_long"
    PASS_UNREADABLE = "pass_unreadable"
    PASS_FORGED = "pass_forged"
    PASS_ISSUER_UNTRUSTED = "pass_issuer_untrusted"
    PASS_REVOKED = "pass_revoked"
    PASS_EXPIRED = "pass_expired"
    PASS_NOT_YET_VALID = "pass_not_yet_valid"
    PASS_OTHER_SITE = "pass_other_site"
    CERTIFICATE_INSUFFICIENT = "certificate_insufficient"
    CERTIFICATE_HOLDER = "certificate_holder"
    PASS_NOT_FRESH = "pass_not_fresh"
    PASS_OTHER_GATE = "pass_other_gate"
    PASS_USED = "pass_used"
    PASS_USE_UNKNOWN = "pass_use_unknown"
    SEVERAL_CODES = "several_codes"
    CODE_INCOMPLETE = "code_incomplete"
    TEST_CODE = "test_code"
    # The face
    FACE_REQUIRED = "face_required"
    FACE_UNKNOWN = "face_unknown"
    FACE_AMBIGUOUS = "face_ambiguous"
    FACE_TOO_SMALL = "face_too_small"
    FACE_TOO_DARK = "face_too_dark"
    FACE_TOO_BRIGHT = "face_too_bright"
    FACE_BLURRED = "face_blurred"
    FACE_TURNED_AWAY = "face_turned_away"
    FACE_TILTED = "face_tilted"
    FACE_TOO_CLOSE = "face_too_close"
    FACE_CUT_OFF = "face_cut_off"
    FACE_BACKLIT = "face_backlit"
    FACE_LOW_CONTRAST = "face_low_contrast"
    FACE_COVERED = "face_covered"
    FACE_MASKED = "face_masked"
    FACE_SUNGLASSES = "face_sunglasses"
    SEVERAL_FACES = "several_faces"
    FACE_NOT_LIVE = "face_not_live"
    FACE_LIVENESS_UNMEASURED = "face_liveness_unmeasured"
    FACE_UNANSWERED = "face_unanswered"
    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    CLOSE_EYES = "close_eyes"
    FACE_NOT_ENROLLED = "face_not_enrolled"
    FACE_CODE_MISMATCH = "face_code_mismatch"
    SECOND_FACTOR_REQUIRED = "second_factor_required"
    # The person
    NOBODY_SEEN = "nobody_seen"
    SUBJECT_UNKNOWN = "subject_unknown"
    SUBJECT_NOT_YET_VALID = "subject_not_yet_valid"
    SUBJECT_EXPIRED = "subject_expired"
    HOME_ISOLATION = "home_isolation"
    STATUS_YELLOW = "status_yellow"
    STATUS_RED = "status_red"
    STATUS_GREEN = "status_green"
    STATUS_EXPIRED = "status_expired"
    STATUS_ABSENT = "status_absent"
    STATUS_FAILED = "status_failed"
    STATUS_TIMEOUT = "status_timeout"
    GROUP_NOT_ALLOWED = "group_not_allowed"
    OUTSIDE_HOURS = "outside_hours"
    TEMPERATURE_HIGH = "temperature_high"
    # The site
    SITE_FULL = "site_full"
    ANTI_PASSBACK = "anti_passback"


TEXTS: dict[Reason, Text] = {Reason(f"face_{problem}"): problem.gate for problem in FaceProblem} | {
    Reason.FACE_MATCHED: Text("请通行", "Please pass"),
    Reason.CODE_ACCEPTED: Text("请通行", "Please pass"),
    Reason.FACE_AND_CODE_AGREE: Text("请通行", "Please pass"),
    Reason.GATE_FREE: Text("请通行", "Please pass"),
    Reason.POLICY_MISSING: Text(
        "本闸口尚未设定规则，请联系工作人员", "This gate has no rules yet. Please ask the staff"
    ),
    Reason.GATE_LOCKED: Text(
        "本闸口已关闭，请走主门", "This gate is closed now. Please use the main gate or ask the staff"
    ),
    Reason.REGISTRY_MISSING: Text(
        "本闸口尚无名册，请联系工作人员", "This gate holds no registry yet. Please ask the staff"
    ),
    Reason.REGISTRY_STALE: Text(
        "名册已过期，请联系工作人员", "The gate's registry is too old. Please ask the staff"
    ),
    Reason.CLOCK_UNTRUSTED: Text(
        "闸口时钟不可信，限时凭证暂不可用，请联系工作人员",
        "The gate's clock cannot be trusted, so timed permits do not work now. Please ask the staff",
    ),
    Reason.STAFF_DECIDES: Text("请稍候，由工作人员确认", "Please wait: the staff will let you through"),
    Reason.JOURNAL_UNAVAILABLE: Text(
        "闸口无法记录，请联系工作人员", "The gate cannot record passages now. Please ask the staff"
    ),
    Reason.CODE_REQUIRED: Text("请出示通行码", "Please show your pass"),
    Reason.NOT_A_PASS: Text(
        "这不是通行码，请出示本小区的通行码", "This is not a pass. Please show the pass of this site"
    ),
    Reason.CODE_TOO_LONG: Text(
        "二维码内容过长，不是通行码，请出示本小区的通行码",
        "This code is too long to be a pass. Please show the pass of this site",
    ),
    Reason.PASS_UNREADABLE: Text(
        "通行码已损坏，请重新领取", "This pass is damaged. Please have it issued again"
    ),
    Reason.PASS_FORGED: Text(
        "通行码签名无效，请联系工作人员", "The signature of this pass is wrong. Please ask the staff"
    ),
    Reason.PASS_ISSUER_UNTRUSTED: Text(
        "通行码的签发方不受信任，请联系工作人员",
        "The issuer of this pass is not trusted. Please ask the staff",
    ),
    Reason.PASS_REVOKED: Text(
        "通行码已作废，请重新领取", "This pass has been revoked. Please ask the staff for a new one"
    ),
    Reason.PASS_EXPIRED: Text("通行码已过期，请重新领取", "This pass has expired. Please ask for a new one"),
    Reason.PASS_NOT_YET_VALID: Text(
        "通行码尚未生效，请按时前来", "This pass is not valid yet. Please come back at its time"
    ),
    Reason.CERTIFICATE_INSUFFICIENT: Text(
        "证书真实，但不符合本小区的要求，请联系工作人员",
        "Your certificate is genuine, but does not meet the rules of this site. Please ask the staff",
    ),
    Reason.CERTIFICATE_HOLDER: Text(
        "证书真实，请出示身份证件由工作人员核对",
        "Your certificate is genuine. Please show the staff your papers with it",
    ),
    Reason.PASS_NOT_FRESH: Text(
        "请打开手机上的通行码页面，不要使用截图",
        "Please open your pass on your phone; a picture of it does not count",
    ),
    Reason.PASS_OTHER_SITE: Text(
        "这是其他小区的通行码，请出示本小区的通行码",
        "This pass is for another site. Please show the pass of this site",
    ),
    Reason.PASS_OTHER_GATE: Text(
        "此通行码不适用于本闸口，请走指定闸口",
        "This pass is for another gate. Please use the gate that it names",
    ),
    Reason.PASS_USED: Text(
        "一次性通行码已使用，请重新领取", "This one-time pass was used already. Please ask for a new one"
    ),
    Reason.PASS_USE_UNKNOWN: Text(
        "闸口无法确认此一次性通行码是否已使用，请联系工作人员重新领取",
        "The gate cannot tell whether this one-time pass was used. Please ask the staff for a new one",
    ),
    Reason.CODE_INCOMPLETE: Text(
        "这只是证书的一部分，请依次出示其余的码",
        "This is one part of your certificate. Please show its other codes too",
    ),
    Reason.TEST_CODE: Text(
        "这是闸口自检用的测试码，请出示您的通行码",
        "This is a test code, which opens nothing. Please show your own pass",
    ),
    Reason.SEVERAL_CODES: Text("请一次只出示一个通行码", "Please show one pass at a time"),
    Reason.FACE_REQUIRED: Text("请正对镜头", "Please look at the camera"),
    Reason.FACE_UNKNOWN: Text(
        "未能识别，请出示通行码或联系工作人员",
        "You were not recognised. Please show your pass or ask the staff",
    ),
    Reason.FACE_AMBIGUOUS: Text(
        "识别结果不唯一，请出示通行码", "The camera is not sure who you are. Please show your pass"
    ),
    Reason.FACE_MASKED: Text("请拉下口罩，或出示通行码", "Please lower your mask, or show your pass"),
    Reason.FACE_SUNGLASSES: Text(
        "请摘下墨镜，或出示通行码", "Please take off your sunglasses, or show your pass"
    ),
    Reason.SEVERAL_FACES: Text("请一次一人通行", "One person at a time, please"),
    Reason.FACE_NOT_LIVE: Text(
        "镜头未能确认是本人，请出示通行码或联系工作人员",
        "The camera takes this for a picture. Please show your pass or ask the staff",
    ),
    Reason.FACE_LIVENESS_UNMEASURED: Text(
        "无法确认是本人，请出示通行码或联系工作人员",
        "The camera cannot tell whether it sees you or a picture. Please show your pass or ask the staff",
    ),
    Reason.FACE_UNANSWERED: Text(
        "未按提示动作，请出示通行码或联系工作人员",
        "The camera did not see you move as it asked. Please show your pass or ask the staff",
    ),
    Reason.TURN_LEFT: Text("请向您的左边转头", "Please turn your head to your left"),
    Reason.TURN_RIGHT: Text("请向您的右边转头", "Please turn your head to your right"),
    Reason.CLOSE_EYES: Text("请闭上眼睛，再睁开", "Please close your eyes, then open them"),
    Reason.FACE_NOT_ENROLLED: Text(
        "尚未登记人脸，请联系工作人员", "No face is registered for this pass. Please ask the staff"
    ),
    Reason.FACE_CODE_MISMATCH: Text(
        "人脸与通行码不符，请出示本人的通行码或联系工作人员",
        "The face and the pass do not agree. Please show your own pass, or ask the staff",
    ),
    Reason.SECOND_FACTOR_REQUIRED: Text(
        "请同时出示通行码并正对镜头", "Please show your pass and look at the camera, both"
    ),
    Reason.NOBODY_SEEN: Text("请出示通行码或正对镜头", "Please show your pass or look at the camera"),
    Reason.SUBJECT_UNKNOWN: Text(
        "名册中没有登记，请联系工作人员", "The registry does not list you. Please ask the staff"
    ),
    Reason.SUBJECT_NOT_YET_VALID: Text(
        "通行权限尚未生效，请联系工作人员", "Your permit has not begun yet. Please ask the staff"
    ),
    Reason.SUBJECT_EXPIRED: Text(
        "通行权限已到期，请联系工作人员", "Your permit has ended. Please ask the staff to renew it"
    ),
    Reason.HOME_ISOLATION: Text(
        "您正在居家隔离，请返回家中；如需外出请联系社区",
        "You are in home isolation. Please go back home; call the community office if you must go out",
    ),
    Reason.STATUS_YELLOW: Text(
        "健康码为黄码，请等候工作人员", "Your health code is yellow. Please wait for the staff"
    ),
    Reason.STATUS_RED: Text(
        "健康码为红码，请联系社区", "Your health code is red. Please call the community office"
    ),
    Reason.STATUS_GREEN: Text(
        "本闸口现不放行，请联系工作人员", "The rules of this site do not admit you now. Please ask the staff"
    ),
    Reason.STATUS_EXPIRED: Text(
        "健康码已过期，请更新后再来", "Your health code has expired. Please renew it, then come again"
    ),
    Reason.STATUS_ABSENT: Text(
        "没有健康码，请申领或联系工作人员",
        "No health code is known for you. Please apply for one or ask the staff",
    ),
    Reason.STATUS_FAILED: Text(
        "健康码查询失败（并非红码），请联系工作人员",
        "Your health code could not be checked; this does not mean red. Please ask the staff",
    ),
    Reason.STATUS_TIMEOUT: Text(
        "健康码查询超时（并非红码），请联系工作人员",
        "The health code service did not answer; this does not mean red. Please ask the staff",
    ),
    Reason.GROUP_NOT_ALLOWED: Text(
        "您没有本闸口的通行权限，请走其他闸口或联系工作人员",
        "You may not use this gate. Please use another gate or ask the staff",
    ),
    Reason.OUTSIDE_HOURS: Text(
        "现在不在通行时段，请按时前来", "You may not pass at this hour. Please come back at your time"
    ),
    Reason.TEMPERATURE_HIGH: Text(
        "体温偏高，请等候复测", "Your temperature reads high. Please wait to be measured again"
    ),
    Reason.SITE_FULL: Text(
        "场内人数已满，请稍候，有人离开后再进", "The site is full. Please wait until somebody has left"
    ),
    Reason.ANTI_PASSBACK: Text(
        "此通行权限刚刚在同一方向使用过，请联系工作人员",
        "This permit was used in the same direction before. Please ask the staff",
    ),
}


def text_for(reason: Reason, language: str) -> str:
    """The text of `reason` in `language` (a BCP 47 tag); English where it is neither."""
    return TEXTS[reason].zh if language.lower().startswith("zh") else TEXTS[reason].en
