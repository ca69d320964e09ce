/// The script of a page: shows the values under the pointer. It loads nothing and, without it, the
/// page only lacks them.
enum ReportScript {
    /// In a section that is neither markup for readers of XML nor a statement for browsers.
    static let element = """
        <script>//<![CDATA[
        \(code)
        //]]></script>
        """

    // Charts carry their points as JSON in `data-hover`; other shapes their text as a title, which
    // becomes an attribute, so that it does not appear twice.
    private static let code = """
        (() => {
          "use strict";
          const tip = document.createElement("div");
          tip.className = "tip";
          tip.setAttribute("role", "status");
          document.body.append(tip);
          const hide = () => { tip.classList.remove("shown"); };
          const show = (lines, x, y) => {
            tip.replaceChildren(...lines);
            tip.classList.add("shown");
            const box = tip.getBoundingClientRect();
            const left = x + 16 + box.width > innerWidth ? x - 16 - box.width : x + 16;
            const top = y + 16 + box.height > innerHeight ? y - 16 - box.height : y + 16;
            tip.style.left = Math.max(4, left) + "px";
            tip.style.top = Math.max(4, top) + "px";
          };
          const line = (text, color) => {
            const element = document.createElement("div");
            if (color) {
              const sample = document.createElement("i");
              sample.className = color;
              element.append(sample);
            }
            element.append(text);
            return element;
          };
          const draw = (name, attributes, parent) => {
            const element = document.createElementNS("http://www.w3.org/2000/svg", name);
            for (const key in attributes) element.setAttribute(key, attributes[key]);
            parent.append(element);
            return element;
          };
          for (const title of document.querySelectorAll("svg :not(svg) > title, svg svg > title")) {
            title.parentNode.dataset.tip = title.textContent;
            title.remove();
          }
          for (const svg of document.querySelectorAll("svg")) {
            for (const title of svg.querySelectorAll(":scope > title")) {
              svg.setAttribute("aria-label", title.textContent);
              title.remove();
            }
            const chart = svg.dataset.hover ? JSON.parse(svg.dataset.hover) : null;
            const cursor = chart ? draw("g", { visibility: "hidden", "pointer-events": "none" }, svg) : null;
            const leave = () => { hide(); if (cursor) cursor.setAttribute("visibility", "hidden"); };
            const read = (event) => {
              const own = event.target.closest("[data-tip]");
              if (own) {
                show([line(own.dataset.tip)], event.clientX, event.clientY);
                if (cursor) cursor.setAttribute("visibility", "hidden");
                return;
              }
              if (!chart) return leave();
              const place = new DOMPoint(event.clientX, event.clientY)
                .matrixTransform(svg.getScreenCTM().inverse());
              const outside = chart.left - 8 > place.x || place.x > chart.right + 8
                || chart.top - 8 > place.y || place.y > chart.bottom + 8;
              if (outside) return leave();
              // The point of any curve that is nearest to the pointer says where to read them all.
              const distance = (point) => Math.abs(point[0] - place.x);
              const nearest = (points) => points.reduce((a, b) => (distance(a) > distance(b) ? b : a));
              const all = chart.curves.map((curve) => [curve, nearest(curve.points)]);
              const best = nearest(all.map((pair) => pair[1]));
              const found = all.filter((pair) => 1 > Math.abs(pair[1][0] - best[0]));
              cursor.replaceChildren();
              cursor.setAttribute("visibility", "visible");
              draw("line", { class: "ink", x1: best[0], x2: best[0], y1: chart.top, y2: chart.bottom }, cursor);
              for (const [curve, point] of found) {
                draw("circle", { class: "end " + curve.color, cx: point[0], cy: point[1], r: 4 }, cursor);
              }
              const lines = found.map(([curve, point]) => line(curve.name + ": " + point[3], curve.color));
              show([line(chart.x + ": " + best[2]), ...lines], event.clientX, event.clientY);
            };
            svg.addEventListener("pointermove", read);
            svg.addEventListener("pointerdown", read);
            svg.addEventListener("pointerleave", leave);
          }
          addEventListener("scroll", hide, { passive: true });
        })();
        """
}
