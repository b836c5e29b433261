"""The people's side of the demo: organisations, sample accounts and the sample category tree.

Township names and codes are real; the names of their bureaux follow the two that public texts name and are
sample wording. Accounts are neutral numbers, never people, and carry no password here.
"""

from typing import Any

from demo.townships import VALID_FROM, townships

DISTRICT = "320612"

_NAMES_EN = {
    "320612001": "Jinsha Subdistrict",
    "320612002": "Xingdong Subdistrict",
    "320612003": "Xianfeng Subdistrict",
    "320612004": "Jinxin Subdistrict",
    "320612101": "Xiting Town",
    "320612102": "Erjia Town",
    "320612103": "Dongshe Town",
    "320612104": "Sanyu Town",
    "320612107": "Shizong Town",
    "320612110": "Shigang Town",
    "320612112": "Liuqiao Town",
    "320612114": "Pingchao Town",
    "320612116": "Wujie Town",
    "320612117": "Xingren Town",
    "320612119": "Zhangzhishan Town",
    "320612120": "Chuanjiang Town",
    "320612401": "Huanben Farm",
}

_ROLES_ZH = {
    "officer": "队员",
    "acceptor": "受理员",
    "dispatcher": "派遣员",
    "handler": "处置员",
    "checker": "核查员",
    "zone_manager": "片区负责人",
    "reviewer": "法规审核员",
    "intake": "诉求受理员",
    "admin": "管理员",
}

# Role, and the organisations that get one account each: a handler in every township, a checker in five.
_FIVE = ("320612001", "320612004", "320612114", "320612117", "320612120")
_OTHERS = tuple(code for code in _NAMES_EN if code not in _FIVE)
_OFFICERS = (
    *("320612001", "320612001", DISTRICT, DISTRICT, "320612117", "320612120", DISTRICT),
    *("320612004", "320612104", "320612110", "320612112", "320612114"),
)
_ACCOUNTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("officer", _OFFICERS),
    ("acceptor", (DISTRICT,)),
    ("dispatcher", (DISTRICT, "320612001")),
    ("handler", (*_FIVE, *_OTHERS)),
    ("checker", (*_FIVE, DISTRICT)),
    ("zone_manager", (DISTRICT, "320612001")),
    ("reviewer", (DISTRICT,)),
    ("intake", (DISTRICT,)),
    ("admin", (DISTRICT,)),
)


def organisations() -> list[dict[str, str]]:
    """The district bureau, then the township bodies in code order."""
    district = {
        "code": DISTRICT,
        "name": "通州区",
        "name_en": "Tongzhou District",
        "kind": "district",
        "body_name_zh": "通州区城市管理局",
        "body_name_en": "Tongzhou District Urban Management Bureau",
    }
    return [district] + [
        {
            "code": unit.code,
            "name": unit.name,
            "name_en": _NAMES_EN[unit.code],
            "kind": "township",
            "body_name_zh": f"{unit.name}综合行政执法局",
            "body_name_en": f"{_NAMES_EN[unit.code]} Comprehensive Administrative Enforcement Bureau",
        }
        for unit in townships()
    ]


def people() -> list[dict[str, str]]:
    """Sample accounts: username, display name, role, organisation code."""
    return [
        {
            "username": f"{role}{number:02d}",
            "display_name": f"演示{_ROLES_ZH[role]}{number:02d}",
            "role": role,
            "organisation": organisation,
        }
        for role, places in _ACCOUNTS
        for number, organisation in enumerate(places, start=1)
    ]


# code, parent, zh, en, duty, none_weight of frontage, none_weight of parking. A none_weight says how likely
# the thing lies in no zone of that kind, against in one: small for what stands before a shop by nature.
_CATEGORIES: tuple[tuple[str, str | None, str, str, str | None, float, float], ...] = (
    ("street_order", None, "街面秩序", "Street order", "order", 0.2, 1.0),
    ("goods_on_pavement", "street_order", "占道经营", "Goods on the pavement", "order", 0.05, 1.0),
    ("stall_outdoors", "street_order", "流动摊贩", "Street vendor", "order", 0.6, 1.0),
    ("work_outdoors", "street_order", "店外作业", "Work done outside the shop", "order", 0.05, 1.0),
    ("bikes_outside_bay", "street_order", "非机动车乱停放", "Bikes outside a bay", "order", 0.3, 0.4),
    ("cars_on_pavement", "street_order", "机动车乱停", "Cars on the pavement", "order", 0.3, 0.05),
    ("cleanliness", None, "环境卫生", "Cleanliness", "hygiene", 0.3, 1.0),
    ("exposed_waste", "cleanliness", "暴露垃圾", "Exposed waste", "hygiene", 0.2, 1.0),
    ("shop_front_dirty", "cleanliness", "门前不洁", "Dirt before a shop", "hygiene", 0.05, 1.0),
    ("road_dirt", "cleanliness", "道路不洁", "Dirty road", "hygiene", 1.0, 1.0),
    ("construction_waste", "cleanliness", "渣土堆放", "Construction waste", "hygiene", 0.6, 1.0),
    ("oil_fumes", "cleanliness", "餐饮油烟", "Cooking fumes", "hygiene", 0.05, 1.0),
    ("snow_left", "cleanliness", "门前积雪未清", "Snow left before a shop", "hygiene", 0.05, 1.0),
    ("safety", None, "安全隐患", "Hazards", "order", 0.3, 1.0),
    ("illegal_building", "safety", "违法搭建", "Illegal building", "order", 0.2, 1.0),
    ("gas_hazard", "safety", "燃气隐患", "Gas hazard", "order", 0.1, 1.0),
    ("appearance", None, "市容容貌", "Appearance", "appearance", 0.3, 1.0),
    ("illegal_signs", "appearance", "乱贴乱挂", "Posters and hangings", "appearance", 0.2, 1.0),
    ("sign_damaged", "appearance", "店招破损", "Damaged shop sign", "appearance", 0.05, 1.0),
    ("drying_clothes", "appearance", "沿街晾晒", "Clothes dried in the street", "appearance", 0.2, 1.0),
    ("green_damaged", "appearance", "绿化损坏", "Damaged green", "appearance", 0.8, 1.0),
    ("other", None, "其他", "Other", None, 0.5, 1.0),
    ("other_matter", "other", "其他事项", "Other matter", None, 0.5, 1.0),
)


# What a category complains of, so that a report inside a parking area of that kind is told before dispatch.
_ABOUT = {"bikes_outside_bay": "bike", "cars_on_pavement": "car"}


def categories() -> dict[str, Any]:
    """The sample category tree with list id, version and label; codes are words, not national numbers."""
    return {
        "list_id": "frontage-sample-categories",
        "list_version": "2022-09",
        "valid_from": VALID_FROM,
        "sample": True,
        "note_zh": "示例类别表：非国家或地方标准编码，仅供演示；正式使用请导入本地代码表。",
        "note_en": "Sample list without national or local standard codes; import your own for real use.",
        "source": "Written for the demo; class names as seen in public pages, weights are the demo's own.",
        "categories": [
            {
                "code": code,
                "parent": parent,
                "name_zh": name_zh,
                "name_en": name_en,
                "duty": duty,
                "weights": {"frontage": frontage, "parking": parking},
                **({"about": _ABOUT[code]} if code in _ABOUT else {}),
            }
            for code, parent, name_zh, name_en, duty, frontage, parking in _CATEGORIES
        ],
    }
