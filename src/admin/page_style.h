#pragma once
// The look of the page: one column of sections, tables that become cards on narrow screens, light and dark as
// the reader's system is. All text has a contrast of 4.5:1 at the least (WCAG 2.2 AA).

#include <string_view>

namespace gatehouse::admin {

inline constexpr std::string_view page_style = R"(
:root{color-scheme:light dark;--back:#f5f6f8;--panel:#fff;--line:#d5dae1;--text:#1b212b;--soft:#535d6c;
--link:#0a55ad;--good:#0a6231;--good-back:#e2f3e8;--mind:#744700;--mind-back:#fcefd2;--bad:#9c1427;
--bad-back:#fde7e9;--calm:#434c5a;--calm-back:#e9ecf0}
@media(prefers-color-scheme:dark){:root{--back:#11151a;--panel:#191f27;--line:#343d49;--text:#e7eaef;
--soft:#a8b2bf;--link:#8fbcff;--good:#7ad9a2;--good-back:#14301f;--mind:#f2c667;--mind-back:#372b10;
--bad:#ffa3ad;--bad-back:#401c22;--calm:#c3cad4;--calm-back:#2a323d}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--text);font:15px/1.5 system-ui,sans-serif}
a{color:var(--link);text-underline-offset:2px}
a:focus-visible,input:focus-visible,select:focus-visible,button:focus-visible{outline:3px solid var(--link);
outline-offset:2px}
.skip{position:absolute;left:-99em}.skip:focus{left:8px;top:8px;background:var(--panel);padding:8px}
header,main,footer{max-width:1240px;margin:0 auto;padding:0 20px}
header{display:flex;flex-wrap:wrap;gap:8px 24px;align-items:center;padding-top:18px;padding-bottom:6px}
h1{font-size:21px;line-height:1.3;margin:0 auto 0 0}
h1 small{font-size:14px;font-weight:400;color:var(--soft);margin-left:6px;overflow-wrap:anywhere}
form{display:flex;flex-wrap:wrap;gap:8px}
input,select,button{font:inherit;color:inherit;background:var(--panel);border:1px solid var(--soft);
border-radius:6px;padding:5px 10px;min-height:36px;max-width:100%}
button{font-weight:600;cursor:pointer}
.sum{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;list-style:none;padding:0;
margin:12px 0 0}
.sum a{display:block;height:100%;
background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:10px 14px;
text-decoration:none;color:inherit}
.sum a:hover{border-color:var(--link)}
.sum b{display:block;font-size:24px;line-height:1.25}
.sum i{display:block;font-style:normal;color:var(--soft)}
section{margin-top:26px}
h2{font-size:17px;margin:0 0 8px}
h2 small{font-weight:400;color:var(--soft);font-size:14px;margin-left:4px}
table,.panel{width:100%;border-collapse:separate;border-spacing:0;background:var(--panel);
border:1px solid var(--line);border-radius:8px;overflow:hidden}
.panel{padding:10px 14px;margin:0}
th,td{text-align:left;vertical-align:top;padding:8px 14px;border-top:1px solid var(--line);
overflow-wrap:anywhere}
thead th{border-top:0;color:var(--soft);font-weight:600;font-size:13px;overflow-wrap:normal}
tbody th{font-weight:600;min-width:9em}
code{font:13px/1.5 ui-monospace,monospace;unicode-bidi:isolate}
td ul{list-style:none;margin:0;padding:0}
td li+li{margin-top:4px}
p{margin:0}
.soft{color:var(--soft);font-weight:400}
.at{display:inline-block;max-width:100%}
::placeholder{color:var(--soft);opacity:1}
.tag{display:inline-block;border-radius:5px;padding:0 8px;font-size:13px;font-weight:600;white-space:nowrap}
.good{color:var(--good);background:var(--good-back)}
.mind{color:var(--mind);background:var(--mind-back)}
.bad{color:var(--bad);background:var(--bad-back)}
.calm{color:var(--calm);background:var(--calm-back)}
.mend{border-left:4px solid var(--bad)}
.mend ul{margin:0;padding:0;list-style:none}
.mend li+li{margin-top:8px;padding-top:8px;border-top:1px solid var(--line)}
.mend li{overflow-wrap:anywhere}
.more{margin-top:8px;display:flex;gap:18px}
footer{color:var(--soft);padding-top:26px;padding-bottom:26px}
@media(max-width:760px){
header,main,footer{padding-left:14px;padding-right:14px}
form{width:100%}input{flex:1;min-width:0}select{max-width:35%}
.sum{grid-template-columns:1fr 1fr;gap:8px}
table,tbody,tr,th,td{display:block;border:0}
table{background:none;border-radius:0}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tbody tr{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:8px 0;
margin-bottom:8px}
th,td{padding:3px 14px}
td[data-is]{display:grid;grid-template-columns:6.8em 1fr;gap:8px}
td[data-is]:before{content:attr(data-is);color:var(--soft)}
td:empty{display:none}
}
)";

}   // namespace gatehouse::admin
