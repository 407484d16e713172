#include "widgets/charts/incident_list.h"

#include <QVBoxLayout>

#include "backends/domain/display_zone.h"
#include "backends/domain/human_text.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr size_t kLines = 3;
constexpr int kLongestIncident = 40;

QString ownerText(const QString& owner) {
    return owner.isEmpty() ? u"an unrecorded worker"_s : visibleText(owner, kLongestIncident);
}

// Two claims often overlap by less than a second, which durationText() would round away.
QString overlapText(double seconds) {
    if (seconds < 1) return u"%1 ms"_s.arg(seconds * 1000, 0, 'f', 1);
    return seconds < 60 ? u"%1 s"_s.arg(seconds, 0, 'f', 1) : durationText(seconds);
}

QString microsText(ServerTime time) {
    const qint64 micros = time.time_since_epoch().count() % 1'000'000;
    return toUtc(time).toString(u"yyyy-MM-dd HH:mm:ss"_s) + u".%1 UTC"_s.arg(micros, 6, 10, QChar(u'0'));
}

QString claimText(const QString& which, const std::optional<ServerTime>& at, const QString& owner) {
    return u"%1 claim: %2 by %3"_s.arg(which, at ? microsText(*at) : u"time not recorded"_s,
                                       ownerText(owner));
}

}  // namespace

QString incidentText(const DuplicateClaim& incident) {
    QStringList parts{u"job %1"_s.arg(visibleText(incident.id, kLongestIncident))};
    if (!incident.first_owner.isEmpty() || !incident.second_owner.isEmpty())
        parts << u"%1 and %2"_s.arg(ownerText(incident.first_owner), ownerText(incident.second_owner));
    if (incident.overlap_s)
        parts << u"both for %1"_s.arg(overlapText(*incident.overlap_s));
    else if (!incident.note.isEmpty())
        parts << incident.note;
    const QString line = parts.join(u" · "_s);
    if (!incident.second_claimed_at) return line;
    return displayTime(*incident.second_claimed_at).toString(u"HH:mm:ss"_s) + u"  "_s + line;
}

QString incidentHint(const DuplicateClaim& incident) {
    QStringList lines{u"job %1 %2"_s.arg(visibleText(incident.id), visibleText(incident.kind)).trimmed(),
                      claimText(u"First"_s, incident.first_claimed_at, incident.first_owner),
                      claimText(u"Second"_s, incident.second_claimed_at, incident.second_owner)};
    lines << (incident.overlap_s ? u"Both held it for %1 s."_s.arg(*incident.overlap_s, 0, 'f', 6)
                                 : u"How long both held it is not recorded."_s);
    lines << u"Evidence: %1"_s.arg(claimEvidenceName(incident.evidence));
    if (!incident.note.isEmpty()) lines << visibleText(incident.note);
    return lines.join(u'\n');
}

IncidentList::IncidentList(QWidget* parent) : QWidget(parent) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(14, 0, 14, 8);
    column->setSpacing(1);
    for (size_t i = 0; i < kLines; ++i) {
        m_lines.push_back(new SafeLabel({}, LabelRole::secondary));
        m_lines.back()->setElided(true);
        m_lines.back()->setTextInteractionFlags(Qt::TextSelectableByMouse);
        column->addWidget(m_lines.back());
    }
    setAccessibleName(u"Newest duplicate claims"_s);
    hide();
}

void IncidentList::setIncidents(const std::vector<DuplicateClaim>& incidents) {
    setVisible(!incidents.empty());
    if (incidents == m_incidents) return;
    m_incidents = incidents;
    for (size_t i = 0; i < m_lines.size(); ++i) {
        m_lines[i]->setVisible(i < incidents.size());
        if (i >= incidents.size()) continue;
        const bool more = i + 1 == m_lines.size() && incidents.size() > m_lines.size();
        // No more of a queue are kept: older ones are counted, but neither listed nor drawn.
        const QString most = incidents.size() >= kMostIncidents
                                 ? u"; the newest %1 are drawn"_s.arg(kMostIncidents)
                                 : QString();
        const QString rest =
            more ? u"  (and %1 more%2)"_s.arg(incidents.size() - m_lines.size()).arg(most) : QString();
        m_lines[i]->setSafeText(incidentText(incidents[i]) + rest);
        m_lines[i]->setHint(incidentHint(incidents[i]));
    }
}

}  // namespace spillway
