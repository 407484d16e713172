#include "widgets/search/search_dialog.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPushButton>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "backends/domain/human_text.h"
#include "widgets/models/connection_label.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kSoon_ms = 100;
constexpr int kLongestCell = 200;

QTreeWidgetItem* rowOf(const SearchHit& hit) {
    const QString queue =
        hit.kind == SearchHit::Kind::dead_job ? visibleText(hit.ref.queue, 60) + u" · "_s : QString();
    auto* row = new QTreeWidgetItem({visibleText(hit.found, kLongestCell).simplified(),
                                     visibleText(hit.detail, kLongestCell).simplified(),
                                     queue + connectionLabel(hit.ref.connection)});
    for (int column = 0; column < row->columnCount(); ++column)
        row->setToolTip(column, plainToolTip(row->text(column)));
    row->setData(0, Qt::UserRole, QVariant::fromValue(hit));
    return row;
}

}  // namespace

SearchDialog::SearchDialog(QWidget* parent)
    : QDialog(parent), m_field(new QLineEdit), m_payloads(new QCheckBox(u"Payloads too"_s)),
      m_stop(new QPushButton(u"Stop"_s)), m_list(new QTreeWidget),
      m_note(new SafeLabel({}, LabelRole::secondary)) {
    setWindowTitle(u"Search"_s);
    resize(820, 480);
    m_field->setPlaceholderText(u"Queue, worker, or a job's id, kind or error; then Enter"_s);
    m_field->setAccessibleName(u"Search for"_s);
    m_field->setClearButtonEnabled(true);
    m_payloads->setToolTip(plainToolTip(
        u"Also reads the payloads of the %1 newest dead letters of each connection, one by one"_s.arg(
            DeadSearch::kPayloads)));
    m_stop->setAutoDefault(false);
    m_stop->setEnabled(false);
    m_list->setHeaderLabels({u"Found"_s, u"More"_s, u"Where"_s});
    m_list->setAccessibleName(u"What was found"_s);
    m_list->setUniformRowHeights(true);
    m_list->setTextElideMode(Qt::ElideRight);
    m_list->header()->resizeSection(0, 300);
    m_list->header()->resizeSection(1, 300);
    m_note->setWordWrap(true);
    auto* row = new QHBoxLayout;
    row->addWidget(m_field, 1);
    row->addWidget(m_payloads);
    row->addWidget(m_stop);
    auto* column = new QVBoxLayout(this);
    column->addLayout(row);
    column->addWidget(m_list, 1);
    column->addWidget(m_note);
    connect(m_field, &QLineEdit::returnPressed, this, &SearchDialog::search);
    connect(m_payloads, &QCheckBox::toggled, this, [this] {
        if (!m_text.isEmpty()) search();
    });
    connect(m_stop, &QPushButton::clicked, &m_dead, &DeadSearch::stop);
    connect(m_list, &QTreeWidget::itemActivated, this, [this](const QTreeWidgetItem* item) {
        if (const QVariant hit = item->data(0, Qt::UserRole); hit.isValid())
            emit hitActivated(hit.value<SearchHit>());
    });
    m_soon.setSingleShot(true);
    m_soon.setInterval(kSoon_ms);
    connect(&m_soon, &QTimer::timeout, this, &SearchDialog::refresh);
    connect(&m_dead, &DeadSearch::changed, this, [this] {
        if (!m_soon.isActive()) m_soon.start();
    });
    refresh();
}

void SearchDialog::setConnections(const ConnectionViews& views) {
    m_views = views;
}

void SearchDialog::look(const QString& text) {
    m_field->setText(text);
    m_field->selectAll();
    m_field->setFocus();
    if (!text.isEmpty()) search();
}

void SearchDialog::search() {
    m_text = m_field->text().trimmed();
    if (m_text.size() < kShortest) {
        m_text.clear();
        return refresh();
    }
    QStringList names;
    for (const auto& view : m_views)
        if (view.last) names << view.name;
    m_dead.start(m_text, m_payloads->isChecked(), names);
    refresh();
}

void SearchDialog::show(const QString& group, const std::vector<SearchHit>& hits, bool more) {
    const QString rest = more ? u", and more match"_s : QString();
    auto* top = new QTreeWidgetItem({u"%1: %2%3"_s.arg(group).arg(hits.size()).arg(rest)});
    top->setFirstColumnSpanned(true);
    for (const SearchHit& hit : hits) top->addChild(rowOf(hit));
    m_list->addTopLevelItem(top);
    top->setFirstColumnSpanned(true);
    top->setExpanded(true);
}

void SearchDialog::refresh() {
    const QTreeWidgetItem* current = m_list->currentItem();
    const SearchHit chosen = current ? current->data(0, Qt::UserRole).value<SearchHit>() : SearchHit();
    m_list->clear();
    m_stop->setEnabled(m_dead.running());
    if (m_text.isEmpty()) {
        m_note->setSafeText(
            u"Queues, workers and dead letters of everything that is open; at least %1 "
            "characters. Nothing is changed."_s.arg(kShortest));
        return;
    }
    const auto queues = queuesNamed(m_text, m_views), workers = workersNamed(m_text, m_views);
    show(u"Queues"_s, queues, queues.size() >= kMostHits);
    show(u"Workers"_s, workers, workers.size() >= kMostHits);
    show(u"Dead letters"_s, m_dead.hits(), m_dead.moreMatch());
    for (QTreeWidgetItemIterator it(m_list); *it; ++it)
        if ((*it)->parent() && (*it)->data(0, Qt::UserRole).value<SearchHit>() == chosen)
            m_list->setCurrentItem(*it);
    m_note->setSafeText((m_dead.running() ? u"Searching. "_s : u"Searched: "_s) +
                        m_dead.reach().join(u" · "_s));
}

QString SearchDialog::note() const {
    return m_note->safeText();
}

void SearchDialog::keyPressEvent(QKeyEvent* event) {
    if (event->key() != Qt::Key_Down || !m_field->hasFocus()) return QDialog::keyPressEvent(event);
    m_list->setFocus(Qt::TabFocusReason);
    if (!m_list->currentItem()) m_list->setCurrentItem(m_list->topLevelItem(0));
}

void SearchDialog::hideEvent(QHideEvent* event) {
    m_dead.stop();
    QDialog::hideEvent(event);
}

}  // namespace spillway
