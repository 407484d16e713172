#include "widgets/dead/job_inspector.h"

#include <QClipboard>
#include <QGridLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>
#include <array>

#include "backends/domain/display_zone.h"
#include "backends/domain/human_text.h"
#include "widgets/dead/payload_pane.h"
#include "widgets/models/dead_jobs_model.h"
#include "widgets/models/payload_view.h"
#include "widgets/models/queue_cells.h"
#include "widgets/models/secret_fields.h"
#include "widgets/models/table_text.h"
#include "widgets/parts/empty_state.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

enum Fact : size_t { Queue, Died, Attempts, Started, Scheduled, Enqueued, Size };
constexpr std::array kFacts{"Queue"_L1,     "Died"_L1,     "Attempts"_L1, "Started"_L1,
                            "Scheduled"_L1, "Enqueued"_L1, "Payload"_L1};
constexpr int kLongestHistory = 64 * 1024;

QString localText(const std::optional<ServerTime>& at) {
    return at ? displayTime(*at).toString(u"yyyy-MM-dd HH:mm:ss t"_s) : u"–"_s;
}

QString bytesText(const Measured<qint64>& bytes) {
    if (!bytes.known()) return u"–"_s;
    const auto n = static_cast<double>(*bytes.value);
    const QString sign = provenanceSign(bytes.provenance);
    if (n < 1024) return u"%1%2 bytes"_s.arg(sign).arg(*bytes.value);
    return n < 1024 * 1024 ? u"%1%2 KiB"_s.arg(sign).arg(n / 1024, 0, 'f', 1)
                           : u"%1%2 MiB"_s.arg(sign).arg(n / 1024 / 1024, 0, 'f', 1);
}

}  // namespace

QString errorHistoryText(const JobDetail& detail, bool reveal) {
    QStringList blocks;
    qsizetype length = 0;
    for (auto it = detail.errors.rbegin(); it != detail.errors.rend() && length < kLongestHistory; ++it) {
        QStringList head;
        if (it->attempt) head << u"Attempt %1"_s.arg(*it->attempt);
        if (it->at) head << exactMomentText(*it->at);
        const QString text = it->text.left(kLongestHistory);
        const QString body = visibleParagraphs(reveal ? text : redacted(text), kLongestHistory);
        blocks << (head.isEmpty() ? body : u"%1\n%2"_s.arg(head.join(u" · "_s), body));
        length += blocks.back().size();
    }
    return blocks.join(u"\n\n"_s);
}

JobInspector::JobInspector(QWidget* parent)
    : Card(parent), m_title(new SafeLabel({}, LabelRole::heading)),
      m_kind(new SafeLabel({}, LabelRole::secondary)), m_tabs(new QTabBar), m_pages(new QStackedWidget),
      m_payload(new PayloadPane), m_errors(plainTextView(u"Errors"_s)), m_whole(new QStackedWidget),
      m_state(new EmptyState) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 10, 12, 10);
    column->setSpacing(8);
    column->addWidget(buildHead());
    column->addWidget(buildFacts());
    m_whole->addWidget(buildBody());
    m_whole->addWidget(m_state);
    column->addWidget(m_whole, 1);
    connect(m_state, &EmptyState::buttonClicked, this, &JobInspector::retryRequested);
    connect(m_payload, &PayloadPane::revealChanged, this, &JobInspector::showErrors);
    setMinimumWidth(300);
}

QWidget* JobInspector::buildHead() {
    auto* head = new QWidget;
    auto* row = new QHBoxLayout(head);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    auto* names = new QVBoxLayout;
    names->setSpacing(1);
    names->addWidget(m_title);
    names->addWidget(m_kind);
    row->addLayout(names, 1);
    for (SafeLabel* label : {m_title, m_kind}) {
        label->setElided(true);
        label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    auto* copy = new QPushButton(u"Copy row"_s);
    copy->setAccessibleName(u"Copy this job as tab separated text"_s);
    auto* close = new QPushButton(u"×"_s);
    close->setAccessibleName(u"Close the job"_s);
    close->setToolTip(plainToolTip(u"Close   Esc"_s));
    close->setFixedWidth(36);
    row->addWidget(copy, 0, Qt::AlignTop);
    row->addWidget(close, 0, Qt::AlignTop);
    connect(copy, &QPushButton::clicked, this, &JobInspector::copyRow);
    connect(close, &QPushButton::clicked, this, &JobInspector::closed);
    return head;
}

QWidget* JobInspector::buildFacts() {
    auto* facts = new QWidget;
    auto* grid = new QGridLayout(facts);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(14);
    grid->setVerticalSpacing(3);
    grid->setColumnStretch(1, 1);
    for (size_t i = 0; i < kFacts.size(); ++i) {
        auto* value = new SafeLabel;
        value->setElided(true);
        value->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
        value->setTextInteractionFlags(Qt::TextSelectableByMouse);
        grid->addWidget(new SafeLabel(kFacts[i], LabelRole::secondary), static_cast<int>(i), 0);
        grid->addWidget(value, static_cast<int>(i), 1);
        m_facts.push_back(value);
    }
    return facts;
}

QWidget* JobInspector::buildBody() {
    m_tabs->setDrawBase(false);
    m_tabs->setExpanding(false);
    m_tabs->setAccessibleName(u"Parts of the job"_s);
    m_tabs->addTab(u"Payload"_s);
    m_tabs->addTab(u"Errors"_s);
    m_pages->addWidget(m_payload);
    m_pages->addWidget(m_errors);
    connect(m_tabs, &QTabBar::currentChanged, m_pages, &QStackedWidget::setCurrentIndex);
    auto* body = new QWidget;
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    column->addWidget(m_tabs);
    column->addWidget(m_pages, 1);
    return body;
}

void JobInspector::showLoading(const DeadJob& job) {
    m_detail = {};
    m_detail.job = job;
    showFacts();
    m_state->setText({u"connecting"_s, u"Reading the job…"_s, {}, {}, {}});
    m_whole->setCurrentIndex(1);
}

void JobInspector::showDetail(const JobDetail& detail) {
    m_detail = detail;
    showFacts();
    m_payload->setPayload(detail.payload, detail.payload_cut);
    m_tabs->setTabText(1,
                       detail.errors.size() == 1 ? u"1 error"_s : u"%1 errors"_s.arg(detail.errors.size()));
    showErrors();
    m_whole->setCurrentIndex(0);
}

void JobInspector::showFailure(const Failure& failure) {
    if (failure.kind == FailureKind::changed)
        m_state->setText(
            {u"search"_s,
             u"This job is no longer among the dead"_s,
             {},
             u"It was replayed, discarded or deleted since the list was read. Reload the list."_s,
             {}});
    else
        m_state->setText(failureText(failure, std::nullopt, QDateTime::currentDateTime()));
    m_whole->setCurrentIndex(1);
}

void JobInspector::setFact(size_t line, const QString& value, const QString& hint) {
    m_facts[line]->setSafeText(value);
    m_facts[line]->setHint(hint);
}

void JobInspector::showFacts() {
    const DeadJob& job = m_detail.job;
    m_title->setSafeText(job.id);
    m_kind->setSafeText(job.kind.isEmpty() ? u"no kind is recorded"_s : job.kind);
    setFact(Queue, job.queue);
    const auto moment = [this](size_t line, const std::optional<ServerTime>& at) {
        setFact(line, localText(at),
                at ? u"%1 UTC"_s.arg(toUtc(*at).toString(u"yyyy-MM-dd HH:mm:ss.zzz"_s))
                   : u"This system does not record it."_s);
    };
    moment(Died, job.died_at);
    moment(Started, m_detail.started_at);
    moment(Scheduled, m_detail.scheduled_at);
    moment(Enqueued, m_detail.enqueued_at);
    setFact(Attempts, attemptsText(job), u"made / allowed"_s);
    setFact(Size, bytesText(job.payload_bytes),
            provenanceText(job.payload_bytes.provenance, job.payload_bytes.method));
}

void JobInspector::showErrors() {
    const QString text = errorHistoryText(m_detail, m_payload->isRevealed());
    m_errors->setPlainText(text.isEmpty() ? u"This system keeps no error of this job."_s : text);
}

void JobInspector::copyRow() const {
    const DeadJob& job = m_detail.job;
    const QStringList titles{u"system"_s,      u"queue"_s,    u"id"_s,           u"kind"_s,
                             u"died_at_utc"_s, u"attempts"_s, u"max_attempts"_s, u"error"_s};
    const auto number = [](const std::optional<int>& n) { return n ? QString::number(*n) : QString(); };
    QStringList fields{job.system,
                       job.queue,
                       job.id,
                       job.kind,
                       job.died_at ? toIsoUtc(*job.died_at) : QString(),
                       number(job.attempts),
                       number(job.max_attempts),
                       m_payload->isRevealed() ? job.error : redacted(job.error)};
    for (QString& field : fields) field = tsvField(field);
    QGuiApplication::clipboard()->setText(titles.join(u'\t') + u'\n' + fields.join(u'\t'));
}

}  // namespace spillway
