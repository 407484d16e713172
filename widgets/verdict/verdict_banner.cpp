#include "widgets/verdict/verdict_banner.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLocale>
#include <algorithm>

#include "backends/domain/human_text.h"
#include "widgets/parts/empty_state.h"
#include "widgets/parts/icon.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kNextReasons = 3;

QString withoutPeriod(QString sentence) {
    if (sentence.endsWith(u'.')) sentence.chop(1);
    return sentence;
}

// A connection that does not answer is a finding of the window's own.
std::optional<Finding> findingOnConnection(const ConnectionView& view) {
    if (!view.failure) return std::nullopt;
    Finding finding;
    finding.id = u"connection:"_s + view.name;
    finding.severity = Severity::warning;
    finding.connection = view.name;
    finding.title = view.state == ConnectionState::stale ? u"%1 stopped answering"_s.arg(view.name)
                                                         : u"%1 cannot be read"_s.arg(view.name);
    finding.sentence = u"%1: %2"_s.arg(finding.title, view.failure->what);
    finding.action = view.failure->nextStep;
    finding.impact = 1e12;
    return finding;
}

std::vector<Finding> allFindings(const ConnectionViews& views) {
    std::vector<Finding> all;
    for (const auto& view : views) {
        if (view.last) all.insert(all.end(), view.last->findings.begin(), view.last->findings.end());
        if (auto own = findingOnConnection(view)) all.push_back(std::move(*own));
    }
    std::sort(all.begin(), all.end(), worseThan);
    return all;
}

QString reasonsText(const std::vector<Finding>& findings, int hidden) {
    QStringList reasons;
    if (!findings.front().action.isEmpty()) reasons << withoutPeriod(findings.front().action);
    const auto last = std::min<size_t>(findings.size(), 1 + kNextReasons);
    for (size_t i = 1; i < last; ++i) reasons << findings[i].title;
    const auto more = static_cast<int>(findings.size() - last) + hidden;
    if (more > 0) reasons << u"%1 more"_s.arg(more);
    return reasons.join(u"  ·  "_s);
}

struct Watched {
    int connections = 0;  // that have brought a reading
    size_t queues = 0;
    int polls = 0;  // of the queue that is known best
};

Watched watchedBy(const ConnectionViews& views) {
    Watched watched;
    for (const auto& view : views) {
        if (!view.last) continue;
        ++watched.connections;
        for (const auto& system : view.last->systems) {
            watched.queues += system.queues.size();
            for (const auto& queue : system.queues) watched.polls = std::max(watched.polls, queue.flow.polls);
        }
    }
    return watched;
}

// Without any finding. "Quiet" is only said once there was time to see one.
Verdict quietVerdict(const ConnectionViews& views) {
    const Watched watched = watchedBy(views);
    if (views.empty())
        return {.headline = u"Nothing is connected"_s,
                .reasons = u"Connect to a server to see its queues."_s};
    if (watched.connections == 0)
        return {.headline = u"Connecting to %1…"_s.arg(views.front().name),
                .reasons = u"The first figures arrive with the first poll."_s};
    if (watched.queues > 0 && watched.polls < kForecastMinPolls) {
        const EmptyText learning = learningText(watched.polls, kForecastMinPolls);
        return {.headline = learning.sentence, .reasons = learning.next_step};
    }
    return {.tone = Verdict::Tone::quiet,
            .word = u"Quiet"_s,
            .headline = u"Nothing needs you"_s,
            .reasons = u"%1 %2 watched on %3 %4"_s.arg(watched.queues)
                           .arg(watched.queues == 1 ? u"queue"_s : u"queues"_s)
                           .arg(watched.connections)
                           .arg(watched.connections == 1 ? u"connection"_s : u"connections"_s)};
}

Verdict::Tone toneOf(Severity severity) {
    switch (severity) {
        case Severity::critical:
            return Verdict::Tone::critical;
        case Severity::warning:
            return Verdict::Tone::warning;
        case Severity::info:
            break;
    }
    return Verdict::Tone::note;
}

QString iconOf(Verdict::Tone tone) {
    switch (tone) {
        case Verdict::Tone::critical:
            return u"critical"_s;
        case Verdict::Tone::warning:
            return u"warning"_s;
        case Verdict::Tone::note:
            return u"info"_s;
        case Verdict::Tone::quiet:
            return u"good"_s;
        case Verdict::Tone::waiting:
            break;
    }
    return u"connecting"_s;
}

QColor colorOf(Verdict::Tone tone, const ThemeTokens& tokens) {
    switch (tone) {
        case Verdict::Tone::critical:
            return tokens.critical;
        case Verdict::Tone::warning:
            return tokens.warning;
        case Verdict::Tone::note:
            return tokens.selection;
        case Verdict::Tone::quiet:
            return tokens.good;
        case Verdict::Tone::waiting:
            break;
    }
    return tokens.secondary;
}

}  // namespace

Verdict verdictOn(const ConnectionViews& views) {
    const std::vector<Finding> findings = allFindings(views);
    if (findings.empty()) return quietVerdict(views);
    const Finding& worst = findings.front();
    int hidden = 0;
    for (const auto& view : views) hidden += view.last ? view.last->findings_not_shown : 0;
    Verdict verdict;
    verdict.tone = toneOf(worst.severity);
    verdict.word = severityWord(worst.severity);
    verdict.headline = withoutPeriod(worst.sentence.isEmpty() ? worst.title : worst.sentence);
    verdict.reasons = reasonsText(findings, hidden);
    verdict.title = worst.title;
    if (worst.since != ServerTime{}) verdict.since = sinceText(worst.since, todayOf(views));
    if (const auto* view = findConnection(views, worst.connection);
        view && view->state == ConnectionState::stale && view->last)
        verdict.since += u" · data of %1"_s.arg(view->last_at.toString(u"HH:mm"_s));
    verdict.place = placeOf(worst);
    verdict.target = targetOf(worst);
    verdict.button = placeButtonText(verdict.place, verdict.target);
    return verdict;
}

VerdictBanner::VerdictBanner(QWidget* parent)
    : Card(parent), m_icon(new QLabel), m_word(new SafeLabel({}, LabelRole::title)),
      m_headline(new SafeLabel({}, LabelRole::title)), m_reasons(new SafeLabel({}, LabelRole::secondary)),
      m_since(new SafeLabel({}, LabelRole::secondary)), m_open(new QPushButton) {
    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    line->addWidget(m_icon);
    line->addWidget(m_word);
    line->addWidget(m_headline, 1);
    auto* text = new QVBoxLayout;
    text->setSpacing(4);
    text->addLayout(line);
    text->addWidget(m_reasons);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(20, 10, 12, 10);
    row->setSpacing(12);
    row->addLayout(text, 1);
    row->addWidget(m_since);
    row->addWidget(m_open);
    for (SafeLabel* label : {m_headline, m_reasons}) {
        label->setElided(true);
        label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    }
    m_open->setProperty("primary", true);
    m_open->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(m_open, &QPushButton::clicked, this,
            [this] { emit placeActivated(m_verdict.place, m_verdict.target); });
    setAccessibleName(u"Verdict"_s);
    setConnections({});
}

void VerdictBanner::setConnections(const ConnectionViews& views) {
    m_verdict = verdictOn(views);
    m_word->setSafeText(m_verdict.word);
    m_word->setVisible(!m_verdict.word.isEmpty());
    m_since->setSafeText(m_verdict.since);
    m_since->setVisible(!m_verdict.since.isEmpty());
    m_open->setText(QString(m_verdict.button).replace(u'&', "&&"_L1));
    m_open->setVisible(!m_verdict.button.isEmpty());
    recolor();
    fit();
}

void VerdictBanner::fit() {
    layout()->activate();
    const bool narrow = m_headline->fontMetrics().horizontalAdvance(m_verdict.headline) > m_headline->width();
    const bool shorter = narrow && !m_verdict.title.isEmpty() && m_verdict.title != m_verdict.headline;
    m_headline->setSafeText(shorter ? m_verdict.title : m_verdict.headline);
    m_reasons->setSafeText(shorter ? m_verdict.headline + u"  ·  "_s + m_verdict.reasons : m_verdict.reasons);
}

void VerdictBanner::resizeEvent(QResizeEvent* event) {
    Card::resizeEvent(event);
    fit();
}

void VerdictBanner::changeEvent(QEvent* event) {
    Card::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) recolor();
}

void VerdictBanner::recolor() {
    const QColor color = colorOf(m_verdict.tone, currentTokens());
    const bool loud = m_verdict.tone == Verdict::Tone::critical || m_verdict.tone == Verdict::Tone::warning;
    m_word->setColor(color);
    m_icon->setPixmap(iconPixmap(iconOf(m_verdict.tone), color, 18, devicePixelRatioF()));
    setStrip(loud ? color : QColor());
}

}  // namespace spillway
