"""What each sample report says: the officer's note, and one line in Chinese and English on what it shows."""

# name -> note, scene_zh, scene_en
WORDS: dict[str, tuple[str, str, str]] = {
    "nikon_0010_jinsha": (
        "水果筐摆到路沿",
        "金沙街道：照片 EXIF 在意大利，手机定位在通州，应提示位置不符",
        "Jinsha: EXIF in Italy, fix in Tongzhou, a finding",
    ),
    "nikon_0021_jinxin": (
        "门前悬挂横幅",
        "金新街道：照片 EXIF 在意大利，应提示位置不符",
        "Jinxin: EXIF in Italy, a finding",
    ),
    "nikon_0042_xingren": (
        "门前有散落垃圾",
        "兴仁镇徐庄中心路：照片 EXIF 在意大利，应提示位置不符",
        "Xingren, Xuzhuang Centre Road: EXIF in Italy, a finding",
    ),
    "pixel_shigang": (
        "门前地面油污",
        "石港镇：照片 EXIF 在捷克，应提示位置不符",
        "Shigang: EXIF in Czechia, a finding",
    ),
    "iphone_heic_pingchao": (
        "货架外摆",
        "平潮镇：iPhone HEIC 原图，EXIF 在美国，应提示位置不符",
        "Pingchao: an iPhone's HEIC as taken, EXIF in the USA, a finding",
    ),
    "noexif_sanyu": (
        "沿街晾晒",
        "三余镇：照片没有 EXIF，属正常",
        "Sanyu: a photo without EXIF, which is normal",
    ),
    "portrait_3_chuanjiang": (
        "店外作业",
        "川姜镇：手机倒置拍摄 (方向 3)",
        "Chuanjiang: taken upside down (orientation 3)",
    ),
    "two_photos_xianfeng": (
        "占道两处",
        "先锋街道：一份上报两张照片 (方向 6 与 8)",
        "Xianfeng: one report with two photos (orientations 6 and 8)",
    ),
    "same_place_wgs84": (
        "果筐占道",
        "同一地点按 WGS-84 上报：三份应落入同一责任区",
        "The same place in WGS-84: all three land in one zone",
    ),
    "same_place_gcj02": (
        "果筐占道",
        "同一地点按 GCJ-02 上报：三份应落入同一责任区",
        "The same place in GCJ-02: all three land in one zone",
    ),
    "same_place_bd09": (
        "果筐占道",
        "同一地点按 BD-09 上报：三份应落入同一责任区",
        "The same place in BD-09: all three land in one zone",
    ),
    "across_with_bearing": (
        "对面门前堆物",
        "站在巷子对面 12 米处，带镜头朝向：归所拍的店铺",
        "12 m across the alley with a bearing: the shop looked at",
    ),
    "across_without_bearing": (
        "门前堆物",
        "同一位置不带朝向：归所站的门前",
        "The same fix without a bearing: the strip stood in",
    ),
    "ambiguous_narrow_shops": (
        "门前不洁",
        "精度 20 米、店面窄：给出候选，不猜",
        "20 m accuracy before narrow shops: candidates, no guess",
    ),
    "qr_hint_xiting": (
        "门牌已扫码",
        "西亭镇：扫了门牌二维码，是最强的证据",
        "Xiting: the door's QR code was scanned, the strongest evidence",
    ),
    "bike_bay_dongshe": (
        "车辆停到停车位外沿",
        "东社镇：拍的是非机动车停车位",
        "Dongshe: a bike bay is photographed",
    ),
    "grid_only_park": (
        "园路不洁",
        "公园内：只落在网格里，附近没有门前责任区",
        "Inside a park: a grid cell and nobody's frontage",
    ),
    "outside_district": (
        "渣土堆放",
        "区界之外：仍然受理，转区级处理",
        "Outside every township: accepted, goes to the district",
    ),
    "wrong_datum_declared": (
        "流动摊贩",
        "实为 GCJ-02 却报称 WGS-84：应提示坐标系可疑",
        "GCJ-02 figures declared as WGS-84: the datum is suspected",
    ),
    "mock_flag_liuqiao": (
        "占道经营",
        "刘桥镇：手机标明定位为模拟",
        "Liuqiao: the phone says its position is simulated",
    ),
}
