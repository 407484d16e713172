#include "widgets/dead/header.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QVBoxLayout>

#include "backends/domain/human_text.h"
#include "widgets/dead/age_strip.h"
#include "widgets/models/queue_cells.h"
#include "widgets/parts/icon.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;

DeadHeader::DeadHeader(QWidget* parent)
    : Card(parent), m_sign(new QLabel), m_verdict(new SafeLabel({}, LabelRole::title)),
      m_ages(new SafeLabel({}, LabelRole::secondary)), m_retention(new SafeLabel), m_strip(new AgeStrip) {
    auto* head = new QHBoxLayout;
    head->setSpacing(8);
    head->addWidget(m_sign);
    head->addWidget(m_verdict, 1);
    auto* text = new QVBoxLayout;
    text->setSpacing(4);
    text->addStretch(1);
    text->addLayout(head);
    text->addWidget(m_ages);
    text->addWidget(m_retention);
    text->addStretch(1);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(16, 8, 16, 8);
    row->setSpacing(24);
    row->addLayout(text, 1);
    row->addWidget(m_strip);
    for (SafeLabel* label : {m_verdict, m_ages, m_retention}) {
        label->setElided(true);
        label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    }
    connect(m_strip, &AgeStrip::bucketActivated, this, &DeadHeader::bucketActivated);
}

void DeadHeader::setSummary(const DeadSummary& summary, const QString& of, const QString& stale) {
    m_summary = summary;
    m_stale = !stale.isEmpty();
    m_verdict->setSafeText(of.isEmpty() ? summary.verdict : u"%1: %2"_s.arg(of, summary.verdict));
    m_verdict->setHint(summary.dead.known() ? u"%1 dead, %2"_s.arg(exactCountText(*summary.dead.value),
                                                                   provenanceText(summary.dead.provenance,
                                                                                  summary.dead.method))
                                            : summary.dead.method);
    QStringList second{stale, summary.ages};
    second.removeAll(QString());
    m_ages->setSafeText(second.join(u" · "_s));
    m_ages->setVisible(!second.isEmpty());
    m_retention->setSafeText(summary.retention);
    m_retention->setHint(provenanceText(summary.lost_next_24h.provenance, summary.lost_next_24h.method));
    m_retention->setVisible(!summary.retention.isEmpty());
    m_strip->setBuckets(summary.buckets);
    m_strip->setStale(m_stale);
    m_strip->setVisible(m_strip->knowsAnything());
    recolor();
}

void DeadHeader::changeEvent(QEvent* event) {
    Card::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) recolor();
}

void DeadHeader::recolor() {
    const ThemeTokens& tokens = currentTokens();
    const auto loud = m_stale ? std::nullopt : m_summary.loud;
    m_sign->setVisible(loud.has_value());
    if (loud)
        m_sign->setPixmap(
            iconPixmap(severityIcon(loud), severityColor(tokens, *loud), 16, devicePixelRatioF()));
    m_verdict->setColor(m_stale ? tokens.secondary : QColor());
    const bool losing = !m_stale && m_summary.lost_next_24h.valueOr(0) > 0;
    m_retention->setColor(losing ? tokens.warning : tokens.secondary);
}

}  // namespace spillway
