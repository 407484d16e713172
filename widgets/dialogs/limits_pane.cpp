#include "widgets/dialogs/limits_pane.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <QVBoxLayout>
#include <array>
#include <cmath>

#include "backends/domain/span_text.h"
#include "widgets/dialogs/edit_table.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;
namespace {

Failure wrongLimit(const QString& what, const QString& nextStep) {
    return {FailureKind::usage, what, {}, nextStep};
}

QString limitText(const std::optional<double>& seconds) {
    return seconds ? spanText(milliseconds(std::llround(*seconds * 1000))) : QString();
}

QString shareText(const std::optional<double>& share) {
    return share ? QString::number(*share * 100, 'g', 6) : QString();
}

using Limit = std::optional<double> QueueObjective::*;
constexpr std::array<Limit, 4> kAgeLimits{&QueueObjective::oldest_warning_s,
                                          &QueueObjective::oldest_critical_s, &QueueObjective::dead_warning_s,
                                          &QueueObjective::dead_critical_s};
constexpr std::array<Limit, 2> kShareLimits{&QueueObjective::retry_warning_share,
                                            &QueueObjective::retry_critical_share};

QStringList rowOf(const QueueObjective& objective) {
    QStringList row{objective.queues};
    for (const Limit limit : kAgeLimits) row << limitText(objective.*limit);
    for (const Limit limit : kShareLimits) row << shareText(objective.*limit);
    return row;
}

Outcome<QueueObjective> objectiveFrom(const QStringList& row) {
    QueueObjective objective{.queues = row[0]};
    if (objective.queues.isEmpty())
        return wrongLimit(u"A limit has no queue."_s, u"Write its name, or a pattern such as orders-*."_s);
    qsizetype column = 1;
    for (const Limit limit : kAgeLimits) {
        const QString& text = row[column++];
        if (text.isEmpty()) continue;
        const auto span = spanFromText(text);
        if (!span)
            return wrongLimit(u"\"%1\" of %2 is no age."_s.arg(text, objective.queues),
                              u"Write 30s, 10m, 2h or 7d."_s);
        objective.*limit = static_cast<double>(span->count()) / 1000;
    }
    for (const Limit limit : kShareLimits) {
        QString text = row[column++];
        if (text.isEmpty()) continue;
        bool ok = false;
        const double percent = text.remove(u'%').trimmed().toDouble(&ok);
        if (!ok || percent <= 0 || percent >= 100)
            return wrongLimit(u"\"%1\" of %2 is no share of retries."_s.arg(text, objective.queues),
                              u"Write a number of per cent, such as 20."_s);
        objective.*limit = percent / 100;
    }
    return objective;
}

}  // namespace

LimitsPane::LimitsPane(QWidget* parent)
    : QWidget(parent),
      m_objectives(new EditTable(
          u"limits"_s, {{u"Queue"_s, u"A name, or a pattern such as orders-*; a later row wins"_s, 110},
                        {u"Oldest ▲"_s, u"Warning when a ready job waits longer; usually 5m"_s, 74},
                        {u"Oldest ●"_s, u"Critical; usually never by its age alone"_s, 74},
                        {u"Dead ▲"_s, u"Warning when a dead letter is older; usually 24h"_s, 70},
                        {u"Dead ●"_s, u"Critical; usually 7d"_s, 70},
                        {u"Retries ▲ %"_s, u"Warning from this share of the executions on; usually 10"_s, 86},
                        {u"Retries ● %"_s, u"Critical; usually 20"_s, 86}})),
      m_ask(new QPushButton(u"Preview on the last 24 hours"_s)),
      m_preview(new SafeLabel({}, LabelRole::secondary)) {
    m_ask->setAutoDefault(false);
    m_ask->setToolTip(u"For how long these limits would have been passed, by the history on this machine"_s);
    m_preview->setWordWrap(true);
    auto* legend = new SafeLabel(u"▲ warning, ● critical. An empty cell leaves the usual limit."_s,
                                 LabelRole::secondary);
    legend->setWordWrap(true);
    auto* line = new QHBoxLayout;
    line->addWidget(m_ask);
    line->addStretch(1);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(12, 12, 12, 12);
    column->addWidget(legend);
    column->addWidget(m_objectives);
    column->addLayout(line);
    column->addWidget(m_preview);
    column->addStretch(1);
    connect(m_ask, &QPushButton::clicked, this, [this] {
        const auto limits = objectives();
        if (!limits) return showPreview(limits.failure().sentence());
        if (limits->empty()) return showPreview(u"There is no limit to try."_s);
        showPreview(u"Reading the history…"_s);
        emit previewWanted(*limits);
    });
    connect(m_objectives, &EditTable::changed, this, &LimitsPane::changed);
}

void LimitsPane::setObjectives(const std::vector<QueueObjective>& objectives) {
    std::vector<QStringList> rows;
    for (const QueueObjective& each : objectives) rows.push_back(rowOf(each));
    m_objectives->setRows(rows);
    showPreview({});
}

Outcome<std::vector<QueueObjective>> LimitsPane::objectives() const {
    std::vector<QueueObjective> all;
    for (const QStringList& row : m_objectives->rows()) {
        auto objective = objectiveFrom(row);
        if (!objective) return objective.failure();
        all.push_back(std::move(objective).value());
    }
    return all;
}

void LimitsPane::showPreview(const QString& text) {
    m_preview->setSafeText(text);
}

}  // namespace spillway
