#include "widgets/pages/first_start_page.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

#include "backends/domain/human_text.h"
#include "widgets/dialogs/environment_choice.h"
#include "widgets/parts/card.h"
#include "widgets/parts/failure_card.h"
#include "widgets/parts/icon.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kWidest = 760;

SafeLabel* wrapped(const QString& text) {
    auto* label = new SafeLabel({}, LabelRole::secondary);
    label->setWordWrap(true);
    label->setSafeText(text);
    return label;
}

// A card with a heading and one sentence; the caller adds what is behind the door.
QVBoxLayout* openDoor(Card* card, const QString& title, const QString& sentence) {
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(18, 14, 18, 16);
    column->setSpacing(8);
    column->addWidget(new SafeLabel(title, LabelRole::heading));
    column->addWidget(wrapped(sentence));
    return column;
}

}  // namespace

FirstStartPage::FirstStartPage(QWidget* parent)
    : QWidget(parent), m_url(new QLineEdit), m_environment(new QComboBox),
      m_connect(new QPushButton(u"Connect"_s)), m_list(new QListWidget),
      m_noneFound(wrapped(
          u"Nothing was found: no PG* variable, no pg_service.conf, no local socket, no saved connection."_s)),
      m_demo(new QPushButton(u"Open the demo"_s)), m_progress(new FailureCard) {
    auto* inside = new QWidget;
    inside->setMaximumWidth(kWidest);
    auto* column = new QVBoxLayout(inside);
    column->setSpacing(12);
    column->addStretch(2);
    column->addWidget(new SafeLabel(u"Which queues shall be watched?"_s, LabelRole::title));
    column->addWidget(wrapped(u"Spillway only reads. Nothing on the server changes."_s));
    column->addWidget(m_progress);
    column->addWidget(buildUrlDoor());
    column->addWidget(buildFoundDoor());
    column->addWidget(buildDemoDoor());
    column->addStretch(3);
    auto* row = new QHBoxLayout(this);
    row->addStretch(1);
    row->addWidget(inside, 20);
    row->addStretch(1);
    connect(m_progress, &FailureCard::cancelled, this, &FirstStartPage::cancelRequested);
    setFound({});
    setFocusProxy(m_url);
}

QWidget* FirstStartPage::buildUrlDoor() {
    auto* card = new Card;
    auto* column = openDoor(
        card, u"Paste a URL"_s,
        u"postgresql://, redis://, rediss://, unix:// or service=NAME; everything that psql understands."_s);
    m_url->setPlaceholderText(u"postgresql://readonly@db.example.com/app"_s);
    m_url->setAccessibleName(u"URL of the server"_s);
    fillEnvironments(*m_environment);
    m_connect->setProperty("primary", true);
    m_connect->setEnabled(false);
    auto* more = new QPushButton(u"More options…"_s);
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(m_url, 1);
    row->addWidget(m_environment);
    row->addWidget(more);
    row->addWidget(m_connect);
    column->addLayout(row);
    connect(m_url, &QLineEdit::textChanged, this,
            [this](const QString& text) { m_connect->setEnabled(!text.trimmed().isEmpty()); });
    connect(m_url, &QLineEdit::returnPressed, this, &FirstStartPage::requestTyped);
    connect(m_connect, &QPushButton::clicked, this, &FirstStartPage::requestTyped);
    connect(more, &QPushButton::clicked, this, [this] { emit detailsRequested(typed()); });
    return card;
}

QWidget* FirstStartPage::buildFoundDoor() {
    auto* card = new Card;
    auto* column = openDoor(card, u"Pick what was found here"_s,
                            u"Saved connections, PG* variables, pg_service.conf and local sockets."_s);
    m_list->setAccessibleName(u"Connections found on this machine"_s);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setTextElideMode(Qt::ElideMiddle);
    column->addWidget(m_list);
    column->addWidget(m_noneFound);
    const auto pick = [this](const QListWidgetItem* item) {
        emit connectRequested(m_found[static_cast<size_t>(m_list->row(item))].request);
    };
    m_list->setStyleSheet(u"QListWidget { activate-on-singleclick: 1; }"_s);
    connect(m_list, &QListWidget::itemActivated, this, pick);
    return card;
}

QWidget* FirstStartPage::buildDemoDoor() {
    auto* card = new Card;
    auto* column = openDoor(
        card, u"Look at the demo"_s,
        u"Starts a private PostgreSQL and Redis with live queues: one that never drains, a healthy one, a rotting dead-letter set. Everything stops with the window."_s);
    column->addWidget(m_demo, 0, Qt::AlignLeft);
    connect(m_demo, &QPushButton::clicked, this, &FirstStartPage::demoRequested);
    return card;
}

void FirstStartPage::setFound(const std::vector<FoundConnection>& found) {
    m_found = found;
    m_list->clear();
    for (const auto& entry : found) {
        auto* item = new QListWidgetItem(
            icon(u"server"_s, currentTokens().secondary),
            u"%1   %2"_s.arg(visibleText(entry.title, 80), visibleText(entry.detail, 120)), m_list);
        item->setToolTip(plainToolTip(u"%1\n%2"_s.arg(entry.title, entry.detail)));
    }
    m_list->setVisible(!found.empty());
    m_noneFound->setVisible(found.empty());
    const int rows = std::min<int>(4, static_cast<int>(found.size()));
    const int rowHeight = found.empty() ? 0 : m_list->sizeHintForRow(0);
    m_list->setFixedHeight(rows * rowHeight + 2);
    if (!found.empty()) m_list->setCurrentRow(0);
}

ConnectionRequest FirstStartPage::typed() const {
    ConnectionRequest request;
    request.url = m_url->text().trimmed();
    request.environment = chosenEnvironment(*m_environment);
    return request;
}

void FirstStartPage::requestTyped() {
    if (!m_url->text().trimmed().isEmpty()) emit connectRequested(typed());
}

void FirstStartPage::showTrying(const QString& what) {
    m_progress->setCancellable(true);
    m_progress->showRunning(u"Connecting to %1…"_s.arg(what));
}

void FirstStartPage::showFailure(const QString& what, const Failure& failure, const QDateTime& retryAt) {
    Failure shown = failure;
    if (shown.what.isEmpty()) shown.what = u"%1 could not be opened."_s.arg(what);
    m_progress->setCancellable(retryAt.isValid());
    m_progress->showFailed(shown, retryAt);
}

void FirstStartPage::showDemoProgress(const QString& step) {
    m_progress->setCancellable(true);
    m_progress->showRunning(step);
}

void FirstStartPage::clearProgress() {
    m_progress->clear();
}

}  // namespace spillway
