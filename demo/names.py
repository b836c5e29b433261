"""Street and shop names of the demo: real Tongzhou street names first, ordinary invented ones after them.

Shop names are put together from plain words; none is meant to be a real shop, and none is a person's name.
"""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Trade:
    """A trade: code, Chinese label, the words a shop of it ends in, and how common it is."""

    code: str
    label_zh: str
    endings: tuple[str, ...]
    share: float


# The first four are the trades of the district's special campaign.
TRADES: tuple[Trade, ...] = (
    Trade("fruit", "水果", ("水果店", "鲜果铺", "果蔬行"), 9.0),
    Trade("hardware", "五金加工", ("五金店", "铝合金加工", "不锈钢加工"), 7.0),
    Trade("car_wash_repair", "洗车汽修", ("洗车行", "汽修厂", "轮胎店"), 5.0),
    Trade("ebike", "电动车销售维修", ("电动车行", "电瓶车维修"), 6.0),
    Trade("restaurant", "餐饮", ("饭店", "面馆", "土菜馆", "早餐店", "烧烤店"), 16.0),
    Trade("grocery", "日用百货", ("便利店", "超市", "百货店"), 11.0),
    Trade("bakery", "烘焙饮品", ("面包房", "奶茶店", "糕团店"), 6.0),
    Trade("pharmacy", "药店", ("大药房", "药店"), 4.0),
    Trade("barber", "美容美发", ("理发店", "美发店"), 6.0),
    Trade("clothing", "服装", ("服装店", "童装店", "鞋店"), 8.0),
    Trade("home_textiles", "家纺", ("家纺店", "布艺店", "窗帘店"), 6.0),
    Trade("stationery", "文具图文", ("文具店", "图文店"), 4.0),
    Trade("flowers", "花店", ("花店", "绿植店"), 3.0),
    Trade("phone_repair", "通讯维修", ("手机维修", "通讯店"), 4.0),
    Trade("laundry", "洗衣", ("洗衣店",), 2.0),
    Trade("vacant", "空置", ("空铺",), 3.0),
)

_STEMS = (
    "小满 谷雨 白露 惊蛰 芒种 立春 秋分 霜降 青瓦 石桥 竹影 木槿 江畔 麦田 银杏 香樟 芦苇 紫藤 海棠 风铃 "
    "灯塔 帆影 拾光 老井 小院 东篱 南窗 北巷 西塘 晴川 榆树 桂花 荷塘 松果 橙子 满仓 丰收 同心 邻里 百味 "
    "八方 四季 河湾 渡口 青禾 晨露 云帆 禾穗 沙洲 潮音 棉田 蓝印 纺车 河埠 圩堤 稻浪 桥头 春汛 月牙 星点"
).split()


@dataclass(frozen=True)
class TownStreets:
    """Names for one town: streets along its x axis and streets across it, in the order they are used."""

    along: tuple[str, ...]
    across: tuple[str, ...]


JINSHA = TownStreets(
    along=("建设路", "人民东路", "新金路", "银河路", "朝霞路", "世纪大道"),
    across=("金霞路", "青年路", "新市巷", "育才路", "文峰路", "虹西路", "平安路"),
)
_SPECIAL: dict[str, TownStreets] = {
    "320612001": JINSHA,
    "320612117": TownStreets(along=("徐庄中心路", "振兴路"), across=("人民路", "兴仁大街")),
}
_ALONG = ("中心路", "人民路", "振兴路", "幸福路", "健康路", "团结路", "富民路", "和平路", "光明路")
_ACROSS = ("老街", "车站路", "学前路", "兴隆街", "育才路", "文昌街", "港口路", "东街", "平安路")


def town_streets(code: str, along: int, across: int) -> TownStreets:
    """Street names of a town by township code; invented towns draw from one shuffled pool each."""
    if code in _SPECIAL:
        return _SPECIAL[code]
    random = Random(f"street names {code}")
    return TownStreets(tuple(random.sample(_ALONG, along)), tuple(random.sample(_ACROSS, across)))


def invent_shop(random: Random) -> tuple[str, Trade]:
    """An invented shop name with its trade; a vacant shop has no name of its own."""
    trade = random.choices(TRADES, weights=[trade.share for trade in TRADES])[0]
    ending = random.choice(trade.endings)
    stem = random.choice(_STEMS)
    return (ending if trade.code == "vacant" else stem + ending), trade
