"""Every reason a decision can have: a stable code, with what to do and why in Chinese and English.

A code, once released, keeps its meaning for ever: journals and centrals hold it. To add one, add a
member, its guidance and its step in `decide`'s docstring; the tests fail until all three are there.
"""

from __future__ import annotations

from enum import StrEnum

from edge.decision.faces import FaceProblem
from edge.decision.text import Guidance, Text


class Reason(StrEnum):
    # Grants
    FACE_MATCHED = "face_matched"
    CODE_ACCEPTED = "code_accepted"
    FACE_AND_CODE_AGREE = "face_and_code_agree"
    GATE_FREE = "gate_free"
    # The gate itself
    POLICY_MISSING = "policy_missing"
    GATE_LOCKED = "gate_locked"
    LOCKED_DOWN = "locked_down"
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
    CODE_UNKNOWN = "code_unknown"
    KEYPAD_RESTS = "keypad_rests"
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
    ENTRIES_HELD = "entries_held"
    ANTI_PASSBACK = "anti_passback"


_PASS = Guidance(Text("请通行", "Please pass"))
_ASK_THE_STAFF = Text("请联系工作人员", "Please ask the staff")
_PASS_OR_STAFF = Text("请出示通行码或联系工作人员", "Please show your pass or ask the staff")
_OWN_SITE = Text("请出示本小区的通行码", "Please show the pass of this site")
_NEW_PASS = Text("请重新领取通行码", "Please get a new pass")

TEXTS: dict[Reason, Guidance] = {Reason(f"face_{problem}"): problem.gate for problem in FaceProblem} | {
    Reason.FACE_MATCHED: _PASS,
    Reason.CODE_ACCEPTED: _PASS,
    Reason.FACE_AND_CODE_AGREE: _PASS,
    Reason.GATE_FREE: _PASS,
    Reason.POLICY_MISSING: Guidance(_ASK_THE_STAFF, Text("本闸口尚未设定规则", "This gate has no rules yet")),
    Reason.GATE_LOCKED: Guidance(
        Text("请走主门或联系工作人员", "Please use the main gate or ask the staff"),
        Text("本闸口已关闭", "This gate is closed now"),
    ),
    Reason.LOCKED_DOWN: Guidance(
        Text("请走其他闸口或联系工作人员", "Please use another gate or ask the staff"),
        Text("本闸口暂时锁闭", "This gate is locked for now"),
    ),
    Reason.REGISTRY_MISSING: Guidance(
        _ASK_THE_STAFF, Text("本闸口尚无名册", "This gate holds no registry yet")
    ),
    Reason.REGISTRY_STALE: Guidance(
        _ASK_THE_STAFF, Text("本闸口的名册已过期", "The gate's registry is too old")
    ),
    Reason.CLOCK_UNTRUSTED: Guidance(
        _ASK_THE_STAFF,
        Text(
            "闸口时钟不可信，限时凭证暂不可用",
            "The gate's clock cannot be trusted, so timed permits do not work now",
        ),
    ),
    Reason.STAFF_DECIDES: Guidance(
        Text("请稍候", "Please wait"), Text("工作人员就来", "The staff will let you through")
    ),
    Reason.JOURNAL_UNAVAILABLE: Guidance(
        _ASK_THE_STAFF, Text("闸口现在无法记录通行", "The gate cannot record passages now")
    ),
    Reason.CODE_REQUIRED: Guidance(Text("请出示通行码", "Please show your pass")),
    Reason.NOT_A_PASS: Guidance(_OWN_SITE, Text("这不是通行码", "This is not a pass")),
    Reason.CODE_TOO_LONG: Guidance(
        _OWN_SITE, Text("二维码内容过长，不是通行码", "This code is too long to be a pass")
    ),
    Reason.PASS_UNREADABLE: Guidance(_NEW_PASS, Text("通行码已损坏", "This pass is damaged")),
    Reason.PASS_FORGED: Guidance(
        _ASK_THE_STAFF, Text("通行码签名无效", "The signature of this pass is wrong")
    ),
    Reason.PASS_ISSUER_UNTRUSTED: Guidance(
        _ASK_THE_STAFF, Text("通行码的签发方不受信任", "The issuer of this pass is not trusted")
    ),
    Reason.PASS_REVOKED: Guidance(_NEW_PASS, Text("通行码已作废", "This pass has been revoked")),
    Reason.PASS_EXPIRED: Guidance(_NEW_PASS, Text("通行码已过期", "This pass has expired")),
    Reason.PASS_NOT_YET_VALID: Guidance(
        Text("请在通行码生效后再来", "Please come back when your pass is valid"),
        Text("通行码尚未生效", "This pass is not valid yet"),
    ),
    Reason.CERTIFICATE_INSUFFICIENT: Guidance(
        _ASK_THE_STAFF,
        Text(
            "证书真实，但不符合本小区的要求",
            "Your certificate is genuine, but does not meet the rules of this site",
        ),
    ),
    Reason.CERTIFICATE_HOLDER: Guidance(
        Text("请向工作人员出示身份证件", "Please show the staff your papers"),
        Text("证书真实，须核对持有人", "Your certificate is genuine; the staff check whose it is"),
    ),
    Reason.PASS_NOT_FRESH: Guidance(
        Text("请打开手机上的通行码页面", "Please open your pass on your phone"),
        Text("通行码的截图无效", "A picture of a pass does not count"),
    ),
    Reason.PASS_OTHER_SITE: Guidance(
        _OWN_SITE, Text("这是其他小区的通行码", "This pass is for another site")
    ),
    Reason.PASS_OTHER_GATE: Guidance(
        Text("请走通行码指定的闸口", "Please use the gate that your pass names"),
        Text("此通行码不适用于本闸口", "This pass is for another gate"),
    ),
    Reason.PASS_USED: Guidance(_NEW_PASS, Text("一次性通行码已使用", "This one-time pass was used already")),
    Reason.PASS_USE_UNKNOWN: Guidance(
        Text("请联系工作人员重新领取通行码", "Please ask the staff for a new pass"),
        Text(
            "闸口无法确认此一次性通行码是否已使用",
            "The gate cannot tell whether this one-time pass was used",
        ),
    ),
    Reason.CODE_INCOMPLETE: Guidance(
        Text("请依次出示证书其余的码", "Please show the other codes of your certificate"),
        Text("这只是证书的一部分", "This is one part of your certificate"),
    ),
    Reason.TEST_CODE: Guidance(
        Text("请出示您的通行码", "Please show your own pass"),
        Text("这是闸口自检用的测试码", "This is a test code, which opens nothing"),
    ),
    Reason.CODE_UNKNOWN: Guidance(
        Text(
            "请核对号码后重输，或联系工作人员", "Please check the number and type it again, or ask the staff"
        ),
        Text("本闸口不认识此号码", "This gate does not know that number"),
    ),
    Reason.KEYPAD_RESTS: Guidance(
        _ASK_THE_STAFF,
        Text("输错次数过多，键盘暂停使用", "The keypad rests: too many wrong numbers were typed"),
    ),
    Reason.SEVERAL_CODES: Guidance(Text("请一次只出示一个通行码", "Please show one pass at a time")),
    Reason.FACE_REQUIRED: Guidance(Text("请正对镜头", "Please look at the camera")),
    Reason.FACE_UNKNOWN: Guidance(_PASS_OR_STAFF, Text("镜头未能识别您", "You were not recognised")),
    Reason.FACE_AMBIGUOUS: Guidance(
        Text("请出示通行码", "Please show your pass"),
        Text("镜头无法确定您是哪一位", "The camera is not sure who you are"),
    ),
    Reason.FACE_MASKED: Guidance(
        Text("请拉下口罩，或出示通行码", "Please lower your mask, or show your pass")
    ),
    Reason.FACE_SUNGLASSES: Guidance(
        Text("请摘下墨镜，或出示通行码", "Please take off your sunglasses, or show your pass")
    ),
    Reason.SEVERAL_FACES: Guidance(Text("请一次一人通行", "One person at a time, please")),
    Reason.FACE_NOT_LIVE: Guidance(
        _PASS_OR_STAFF, Text("镜头未能确认是本人", "The camera takes this for a picture")
    ),
    Reason.FACE_LIVENESS_UNMEASURED: Guidance(
        _PASS_OR_STAFF,
        Text("无法确认是本人", "The camera cannot tell whether it sees you or a picture"),
    ),
    Reason.FACE_UNANSWERED: Guidance(
        _PASS_OR_STAFF, Text("未按提示动作", "The camera did not see you move as it asked")
    ),
    Reason.TURN_LEFT: Guidance(Text("请向您的左边转头", "Please turn your head to your left")),
    Reason.TURN_RIGHT: Guidance(Text("请向您的右边转头", "Please turn your head to your right")),
    Reason.CLOSE_EYES: Guidance(Text("请闭上眼睛，再睁开", "Please close your eyes, then open them")),
    Reason.FACE_NOT_ENROLLED: Guidance(
        _ASK_THE_STAFF, Text("尚未登记人脸", "No face is registered for this pass")
    ),
    Reason.FACE_CODE_MISMATCH: Guidance(
        Text("请出示本人的通行码或联系工作人员", "Please show your own pass or ask the staff"),
        Text("人脸与通行码不符", "The face and the pass do not agree"),
    ),
    Reason.SECOND_FACTOR_REQUIRED: Guidance(
        Text("请同时出示通行码并正对镜头", "Please show your pass and look at the camera, both")
    ),
    Reason.NOBODY_SEEN: Guidance(
        Text("请出示通行码或正对镜头", "Please show your pass or look at the camera")
    ),
    Reason.SUBJECT_UNKNOWN: Guidance(
        _ASK_THE_STAFF, Text("名册中没有您的登记", "The registry does not list you")
    ),
    Reason.SUBJECT_NOT_YET_VALID: Guidance(
        _ASK_THE_STAFF, Text("通行权限尚未生效", "Your permit has not begun yet")
    ),
    Reason.SUBJECT_EXPIRED: Guidance(
        Text("请联系工作人员续期", "Please ask the staff to renew your permit"),
        Text("通行权限已到期", "Your permit has ended"),
    ),
    Reason.HOME_ISOLATION: Guidance(
        Text(
            "请返回家中；如需外出请联系社区",
            "Please go back home; call the community office if you must go out",
        ),
        Text("您正在居家隔离", "You are in home isolation"),
    ),
    Reason.STATUS_YELLOW: Guidance(
        Text("请等候工作人员", "Please wait for the staff"),
        Text("健康码为黄码", "Your health code is yellow"),
    ),
    Reason.STATUS_RED: Guidance(
        Text("请联系社区", "Please call the community office"),
        Text("健康码为红码", "Your health code is red"),
    ),
    Reason.STATUS_GREEN: Guidance(
        _ASK_THE_STAFF, Text("本闸口现不放行", "The rules of this site do not admit you now")
    ),
    Reason.STATUS_EXPIRED: Guidance(
        Text("请更新健康码后再来", "Please renew your health code, then come again"),
        Text("健康码已过期", "Your health code has expired"),
    ),
    Reason.STATUS_ABSENT: Guidance(
        Text("请申领健康码或联系工作人员", "Please apply for a health code or ask the staff"),
        Text("没有您的健康码", "No health code is known for you"),
    ),
    Reason.STATUS_FAILED: Guidance(
        _ASK_THE_STAFF,
        Text(
            "健康码查询失败（并非红码）",
            "Your health code could not be checked; this does not mean red",
        ),
    ),
    Reason.STATUS_TIMEOUT: Guidance(
        _ASK_THE_STAFF,
        Text(
            "健康码查询超时（并非红码）",
            "The health code service did not answer; this does not mean red",
        ),
    ),
    Reason.GROUP_NOT_ALLOWED: Guidance(
        Text("请走其他闸口或联系工作人员", "Please use another gate or ask the staff"),
        Text("您没有本闸口的通行权限", "You may not use this gate"),
    ),
    Reason.OUTSIDE_HOURS: Guidance(
        Text("请在您的通行时段再来", "Please come back at your time"),
        Text("现在不在您的通行时段", "You may not pass at this hour"),
    ),
    Reason.TEMPERATURE_HIGH: Guidance(
        Text("请等候复测", "Please wait to be measured again"),
        Text("体温偏高", "Your temperature reads high"),
    ),
    Reason.SITE_FULL: Guidance(
        Text("请稍候，有人离开后再进", "Please wait until somebody has left"),
        Text("场内人数已满", "The site is full"),
    ),
    Reason.ENTRIES_HELD: Guidance(
        Text("请在此稍候，恢复进入后再进", "Please wait here until entry opens again"),
        Text("此处暂停进入", "Entry here is paused for now"),
    ),
    Reason.ANTI_PASSBACK: Guidance(
        _ASK_THE_STAFF,
        Text("此通行权限刚刚在同一方向使用过", "This permit was used in the same direction before"),
    ),
}
