#include "widgets/parts/status_line.h"

#include <QHBoxLayout>
#include <QTimeZone>
#include <algorithm>
#include <cmath>

#include "backends/domain/display_zone.h"
#include "backends/domain/human_text.h"
#include "widgets/models/connection_label.h"
#include "widgets/parts/sight.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString ageText(double seconds) {
    return seconds < 9.95 ? u"%1 s"_s.arg(seconds, 0, 'f', 1) : durationText(seconds);
}

QString dutyText(const ConnectionView& view) {
    const auto& cost = view.last->cost.server_ms;
    if (!cost.known() || !view.poll_interval_s || *view.poll_interval_s <= 0) return {};
    const double percent = *cost.value / 1000 / *view.poll_interval_s * 100;
    const QString figure = percent < 0.05 ? u"< 0.1"_s : QString::number(percent, 'f', 1);
    return u"%1%2 % of a core"_s.arg(percent < 0.05 ? QString() : provenanceSign(cost.provenance), figure);
}

QString costHint(const ConnectionView& view) {
    const auto& cost = view.last->cost;
    const QString server =
        cost.server_ms.known()
            ? u"%1%2 ms spent by the server. %3"_s.arg(provenanceSign(cost.server_ms.provenance))
                  .arg(*cost.server_ms.value, 0, 'f', 1)
                  .arg(cost.server_ms.method)
            : u"What the server spent is not observable. %1"_s.arg(cost.server_ms.method);
    return u"The last poll took %1 ms in %2 round trips.\n%3"_s.arg(cost.wall_ms, 0, 'f', 1)
        .arg(cost.round_trips)
        .arg(server);
}

const ConnectionView* speaker(const ConnectionViews& views, const QString& current) {
    if (const auto* view = findConnection(views, current)) return view;
    const auto it = std::min_element(views.begin(), views.end(), [](const auto& a, const auto& b) {
        return a.last && b.last ? a.last_at < b.last_at : a.last && !b.last;
    });
    return it == views.end() ? nullptr : &*it;
}

}  // namespace

QString pollText(const ConnectionView& view, const QDateTime& now) {
    if (!view.last) return view.failure ? u"no poll has succeeded yet"_s : u"connecting…"_s;
    if (view.past) return u"as recorded at %1"_s.arg(displayTime(view.last_at).toString(u"HH:mm:ss"_s));
    QStringList parts{u"last poll %1 ago"_s.arg(ageText(*ageOfLast(view, now))),
                      u"%1 ms"_s.arg(view.last->cost.wall_ms, 0, 'f', 1), dutyText(view)};
    const double skew = view.last->clock_skew_s;
    parts << u"server clock %1%2 s"_s.arg(skew < 0 ? u"−"_s : u"+"_s).arg(std::abs(skew), 0, 'f', 2);
    parts.removeAll(QString());
    return parts.join(u"  ·  "_s);
}

QString zoneText(const QDateTime& now) {
    const int minutes = now.offsetFromUtc() / 60;
    const QString sign = minutes < 0 ? u"−"_s : u"+"_s;
    QString offset = u"%1%2"_s.arg(sign).arg(std::abs(minutes) / 60);
    if (minutes % 60 != 0) offset += u":%1"_s.arg(std::abs(minutes) % 60, 2, 10, QChar(u'0'));
    const QString zone = now.timeZoneAbbreviation();
    if (zone.startsWith("UTC"_L1)) return u"times in UTC%1"_s.arg(minutes == 0 ? QString() : offset);
    return u"times in %1 (UTC%2)"_s.arg(zone, offset);
}

StatusLine::StatusLine(QWidget* parent)
    : QWidget(parent), m_poll(new SafeLabel({}, LabelRole::secondary)),
      m_history(new SafeLabel({}, LabelRole::secondary)), m_zone(new SafeLabel({}, LabelRole::secondary)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(16, 4, 16, 6);
    row->addWidget(m_poll);
    row->addStretch(1);
    row->addWidget(m_history);
    row->addSpacing(16);
    row->addWidget(m_zone);
    m_history->hide();
    m_poll->setElided(true);
    m_clock.setInterval(500);
    connect(&m_clock, &QTimer::timeout, this, [this] {
        if (!isOutOfSight(*this)) refresh();
    });
    m_clock.start();
    refresh();
}

void StatusLine::setConnections(const ConnectionViews& views, const QString& current) {
    const ConnectionView* view = speaker(views, current);
    m_view = view ? std::optional(*view) : std::nullopt;
    m_connections = static_cast<qsizetype>(views.size());
    refresh();
}

void StatusLine::setHistory(const QString& text, const QString& hint) {
    m_history->setSafeText(text);
    m_history->setHint(hint);
    m_history->setVisible(!text.isEmpty());
}

void StatusLine::refresh() {
    const QDateTime now = displayTime(QDateTime::currentDateTimeUtc());
    m_zone->setSafeText(zoneText(now));
    m_zone->setHint(u"In UTC it is %1."_s.arg(now.toUTC().toString(u"HH:mm"_s)));
    if (!m_view) return m_poll->setSafeText(u"not connected"_s);
    const QString text = pollText(*m_view, now);
    m_poll->setSafeText(m_connections > 1 ? u"%1: %2"_s.arg(connectionLabel(m_view->name), text) : text);
    m_poll->setHint(m_view->last ? costHint(*m_view) : QString());
}

}  // namespace spillway
