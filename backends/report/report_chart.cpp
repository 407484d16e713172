#include "backends/report/report_chart.h"

#include <algorithm>
#include <cmath>

#include "backends/domain/display_zone.h"
#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr double kWidth = 760, kHeight = 210;
constexpr double kLeft = 62, kRight = 12, kTop = 30, kBottom = 26;
constexpr int kTimes = 5;
constexpr int kLongestMark = 28;

struct Frame {
    double from_s, to_s, top;
    [[nodiscard]] double x(double at_s) const {
        const double share = std::clamp((at_s - from_s) / (to_s - from_s), 0.0, 1.0);
        return kLeft + share * (kWidth - kLeft - kRight);
    }
    [[nodiscard]] double y(double value) const {
        return kHeight - kBottom - value / top * (kHeight - kTop - kBottom);
    }
};

double secondsOf(ServerTime at) {
    return static_cast<double>(millisSinceEpoch(at)) / 1000;
}

QString point(double n) {
    return QString::number(n, 'f', 1);
}

QString escaped(const QString& text, int most) {
    return visibleText(text, most).toHtmlEscaped();
}

// 1, 2 or 5 times a power of ten.
double roundTop(double most) {
    if (most <= 1) return 1;
    const double power = std::pow(10, std::floor(std::log10(most)));
    for (const double step : {1.0, 2.0, 5.0, 10.0})
        if (most <= step * power) return step * power;
    return 10 * power;
}

QString textAt(double x, double y, const QString& anchor, const QString& text) {
    return u"<text x=\"%1\" y=\"%2\" text-anchor=\"%3\">%4</text>\n"_s.arg(point(x), point(y), anchor, text);
}

QString axes(const Frame& frame) {
    QString svg;
    for (const double value : {0.0, frame.top / 2, frame.top}) {
        const double y = frame.y(value);
        svg += u"<line class=\"grid\" x1=\"%1\" x2=\"%2\" y1=\"%3\" y2=\"%3\"/>\n"_s.arg(
                   point(kLeft), point(kWidth - kRight), point(y)) +
               textAt(kLeft - 6, y + 4, u"end"_s, countText(std::llround(value)));
    }
    const bool days = frame.to_s - frame.from_s > 36 * 3600;
    for (int i = 0; i < kTimes; ++i) {
        const double at = frame.from_s + (frame.to_s - frame.from_s) * i / (kTimes - 1);
        const QString anchor = i == 0 ? u"start"_s : i == kTimes - 1 ? u"end"_s : u"middle"_s;
        svg += textAt(frame.x(at), kHeight - 8, anchor,
                      displayTime(serverTimeFromSeconds(at)).toString(days ? u"MM-dd HH:mm"_s : u"HH:mm"_s));
    }
    return svg;
}

// The least and the most of each bucket as a band, the mean as a line, a new piece after every gap.
QString lines(const Frame& frame, const std::vector<HistoryBucket>& buckets) {
    QString svg;
    for (size_t begin = 0; begin < buckets.size();) {
        size_t end = begin + 1;
        while (end < buckets.size() && !buckets[end].gap_before) ++end;
        QString upper, lower, middle;
        for (size_t i = begin; i < end; ++i) {
            const QString x = point(frame.x(secondsOf(buckets[i].at)));
            upper += u"%1,%2 "_s.arg(x, point(frame.y(buckets[i].max)));
            lower.prepend(u"%1,%2 "_s.arg(x, point(frame.y(buckets[i].min))));
            middle += u"%1,%2 "_s.arg(x, point(frame.y(buckets[i].mean)));
        }
        svg += u"<polygon class=\"band\" points=\"%1\"/>\n"_s.arg((upper + lower).trimmed());
        svg += u"<polyline class=\"line\" points=\"%1\"/>\n"_s.arg(middle.trimmed());
        begin = end;
    }
    return svg;
}

QString shades(const Frame& frame, const ReportChart& chart) {
    QString svg;
    for (const auto& [since, seen] : chart.shaded) {
        const double left = frame.x(secondsOf(since)), right = frame.x(secondsOf(seen));
        svg += u"<rect class=\"found\" x=\"%1\" y=\"%2\" width=\"%3\" height=\"%4\"/>\n"_s.arg(
            point(left), point(kTop), point(std::max(1.0, right - left)), point(kHeight - kTop - kBottom));
    }
    for (const HistoryMark& mark : chart.marks) {
        const double x = frame.x(secondsOf(mark.at));
        const bool late = x > kWidth / 2;
        svg += u"<line class=\"mark\" x1=\"%1\" x2=\"%1\" y1=\"%2\" y2=\"%3\"/>\n"_s.arg(
                   point(x), point(kTop), point(kHeight - kBottom)) +
               textAt(late ? x - 4 : x + 4, kTop + 10, late ? u"end"_s : u"start"_s,
                      escaped(mark.text, kLongestMark));
    }
    return svg;
}

const QString& style() {
    static const QString rules =
        u"<style>text{font:11px sans-serif;fill:#55606c}.name{font-weight:600;font-size:13px;fill:#1c232b}"
        ".grid{stroke:#d9dee4}.line{fill:none;stroke:#1f6feb;stroke-width:1.6}.band{fill:#1f6feb;"
        "fill-opacity:.16}.found{fill:#c62828;fill-opacity:.1}.mark{stroke:#55606c;stroke-dasharray:3 3}"
        "</style>\n"_s;
    return rules;
}

}  // namespace

QByteArray reportChartSvg(const ReportChart& chart) {
    double most = 0;
    for (const HistoryBucket& bucket : chart.buckets) most = std::max(most, bucket.max);
    const Frame frame{secondsOf(chart.from), std::max(secondsOf(chart.to), secondsOf(chart.from) + 1),
                      roundTop(most)};
    QString svg =
        u"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %1 %2\" width=\"%1\" height=\"%2\" "
        "role=\"img\" aria-label=\"%3\">\n"_s.arg(point(kWidth), point(kHeight), escaped(chart.name, 200));
    svg += style() + u"<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"_s;
    svg += u"<text class=\"name\" x=\"%1\" y=\"18\">%2</text>\n"_s.arg(point(kLeft), escaped(chart.name, 90));
    svg += axes(frame) + shades(frame, chart);
    svg += chart.buckets.empty() ? textAt(kWidth / 2, kHeight / 2, u"middle"_s, u"nothing was recorded"_s)
                                 : lines(frame, chart.buckets);
    return (svg + u"</svg>\n"_s).toUtf8();
}

}  // namespace spillway
