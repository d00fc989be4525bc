"""The figures as one SVG: CPU per request of every gateway in every case, relative to nginx."""

from xml.sax.saxutils import escape

from rig.report import median, ratio

COLORS = {"gatehouse": "#d9480f", "gatehouse-routers": "#d9480f", "gatehouse-containers": "#d9480f",
          "nginx": "#2f9e44", "nginx-defaults": "#8ce99a", "haproxy": "#1971c2",
          "nghttpx": "#f08c00", "h2o": "#0c8599", "caddy": "#7048e8", "relay": "#868e96"}
WIDTH, LEFT, RIGHT, BAR, GAP, TITLE = 760, 130, 150, 16, 4, 30
FULL_SCALE = 2.0   # bars beyond twice nginx's cost are cut off and say so

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #212529 }
  .title { font-weight: 600 }
  .note { fill: #6c757d; font-size: 12px }
  .unit { stroke: #868e96; stroke-opacity: 0.6; stroke-dasharray: 3 3 }
  @media (prefers-color-scheme: dark) { text { fill: #e9ecef } .note { fill: #adb5bd } }
"""


def _bar(y, name, relative, cost):
    scale = (WIDTH - LEFT - RIGHT) / FULL_SCALE
    length = min(relative, FULL_SCALE) * scale
    cut = " →" if relative > FULL_SCALE else ""
    label = f"{cost:,.1f} µs  ({relative:.2f} ×){cut}"
    middle = y + BAR - 4
    return [f'<text x="{LEFT - 8}" y="{middle}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2" fill="{COLORS[name]}"/>',
            f'<text x="{LEFT + length + 6:.1f}" y="{middle}" class="note">{label}</text>']


def render(cases, results):
    """The text of the SVG; None when no case has both CPU figures and nginx to compare with."""
    body, y = [], 40
    for case in cases:
        peers = results.get(case.name, {})
        if "nginx" not in peers or "cpu_us" not in peers["nginx"][0]:
            continue
        body.append(f'<text x="{LEFT}" y="{y + 14}" class="title">{escape(case.title)}</text>')
        y += TITLE - 6
        one, bottom = LEFT + (WIDTH - LEFT - RIGHT) / FULL_SCALE, y + len(peers) * (BAR + GAP)
        body.append(f'<line x1="{one}" y1="{y - 3}" x2="{one}" y2="{bottom - 1}" class="unit"/>')
        for name, rounds in peers.items():
            body += _bar(y, name, ratio(rounds, peers["nginx"], "cpu_us"), median(rounds, "cpu_us"))
            y += BAR + GAP
        y += TITLE - 10
    if not body:
        return None
    opening = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" '
               f'height="{y}" role="img" aria-label="CPU time per request, relative to nginx">')
    heading = f'<text x="{LEFT}" y="22" class="note">CPU time per request, nginx = 1; short is good</text>'
    return "\n".join([opening, f"<style>{STYLE}</style>", heading, *body, "</svg>", ""])
