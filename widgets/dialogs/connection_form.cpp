#include "widgets/dialogs/connection_form.h"

#include <QColorDialog>
#include <QComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QTabWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "backends/domain/connection_name.h"
#include "backends/domain/human_text.h"
#include "backends/domain/name_pattern.h"
#include "backends/domain/span_text.h"
#include "widgets/dialogs/edit_table.h"
#include "widgets/dialogs/environment_choice.h"
#include "widgets/dialogs/limits_pane.h"
#include "widgets/dialogs/text_lines.h"
#include "widgets/dialogs/trial_pane.h"
#include "widgets/parts/icon.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;
namespace {

constexpr qsizetype kNamesSaid = 5;

Failure wrongEntry(const QString& what, const QString& nextStep) {
    return {FailureKind::usage, what, {}, nextStep};
}

QLineEdit* field(const QString& name, const QString& hint, const QString& example = {}) {
    auto* edit = new QLineEdit;
    edit->setAccessibleName(name);
    edit->setToolTip(plainToolTip(hint));
    edit->setPlaceholderText(example);
    return edit;
}

SafeLabel* explanation(const QString& text) {
    auto* label = new SafeLabel(text, LabelRole::secondary);
    label->setWordWrap(true);
    return label;
}

// At 200 % there may be less room than it needs; where there is more, it stays at the top.
QScrollArea* scrolling(QWidget* page) {
    auto* whole = new QWidget;
    auto* column = new QVBoxLayout(whole);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(page);
    column->addStretch(1);
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidget(whole);
    return scroll;
}

QFormLayout* formIn(QWidget* page) {
    auto* form = new QFormLayout(page);
    form->setContentsMargins(12, 12, 12, 12);
    form->setVerticalSpacing(9);
    form->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    return form;
}

void addSpans(QComboBox& box, const QString& usual,
              const std::vector<std::pair<QString, milliseconds>>& spans) {
    if (!usual.isEmpty()) box.addItem(usual, 0);
    for (const auto& [text, span] : spans) box.addItem(text, static_cast<qlonglong>(span.count()));
}

// One that somebody wrote into the file by hand is a choice as well.
void chooseSpan(QComboBox& box, milliseconds span) {
    const auto wanted = static_cast<qlonglong>(span.count());
    if (box.findData(wanted) < 0) box.addItem(spanText(span), wanted);
    box.setCurrentIndex(box.findData(wanted));
}

milliseconds chosenSpan(const QComboBox& box) {
    return milliseconds{box.currentData().toLongLong()};
}

}  // namespace

QString patternPreview(const QStringList& patterns, const ConnectionView* view) {
    if (patterns.isEmpty())
        return u"No pattern: only what a system itself names a dead-letter queue counts."_s;
    if (!view || !view->last) return u"Not connected: it cannot be said what this matches."_s;
    QStringList names;
    for (const auto& system : view->last->systems)
        for (const auto& queue : system.queues)
            if (std::ranges::any_of(patterns, [&](const QString& each) {
                    return NamePattern(each).fits(queue.reading.queue);
                }))
                names << visibleText(queue.reading.queue, 60);
    if (names.isEmpty()) return u"Matches no queue of this connection."_s;
    const QString more =
        names.size() > kNamesSaid ? u" and %1 more"_s.arg(names.size() - kNamesSaid) : QString();
    return u"Matches %1 %2: %3%4."_s.arg(names.size())
        .arg(names.size() == 1 ? u"queue"_s : u"queues"_s, names.mid(0, kNamesSaid).join(u", "_s), more);
}

ConnectionForm::ConnectionForm(QWidget* parent)
    : QWidget(parent), m_tabs(new QTabWidget), m_limits(new LimitsPane), m_trial(new TrialPane) {
    m_tabs->addTab(scrolling(buildServer()), u"&Server"_s);
    m_tabs->addTab(scrolling(buildActing()), u"&Acting"_s);
    m_tabs->addTab(scrolling(buildQueues()), u"&Queues and rules"_s);
    m_tabs->addTab(scrolling(m_limits), u"&Limits"_s);
    m_tabs->addTab(scrolling(buildTrial()), u"Test"_s);
    m_tabs->setAccessibleName(u"Parts of the connection"_s);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_tabs);
    listen();
}

QWidget* ConnectionForm::buildServer() {
    auto* page = new QWidget;
    m_name = field(u"Name"_s, u"What follows the @ on the command line"_s, u"prod-pg"_s);
    m_url =
        field(u"URL"_s, u"Without a password: one that is typed here goes to the keychain, not to the file"_s,
              u"postgresql://readonly@db.example.com/app"_s);
    m_password = field(u"Password"_s, u"Kept in the keychain; empty leaves it as it is"_s, u"as it is"_s);
    m_password->setEchoMode(QLineEdit::Password);
    m_passwordVariable = field(u"Password variable"_s, u"The environment variable that holds the password"_s);
    m_environment = new QComboBox;
    fillEnvironments(*m_environment);
    m_environment->setToolTip(u"Production asks for more before anything is changed"_s);
    m_folder = new QComboBox;
    m_folder->setEditable(true);
    m_folder->setAccessibleName(u"Folder"_s);
    m_folder->setToolTip(u"What it is listed under; empty: its environment"_s);
    m_colourButton = new QPushButton;
    m_colourButton->setAutoDefault(false);
    m_colourButton->setAccessibleName(u"Colour"_s);
    m_colourButton->setToolTip(
        u"A stripe of this colour at the left of the window's band. Press again to choose none."_s);
    m_poll = new QComboBox;
    m_poll->setAccessibleName(u"Poll interval"_s);
    m_poll->setToolTip(u"How often it is asked at the most; a slow server is asked less often by itself"_s);
    using namespace std::chrono_literals;
    addSpans(*m_poll, u"as usual (2 s)"_s,
             {{u"5 s"_s, 5s}, {u"10 s"_s, 10s}, {u"30 s"_s, 30s}, {u"1 min"_s, 1min}, {u"5 min"_s, 5min}});
    m_system = field(u"Only this queue system"_s, u"Empty: every one that is found"_s, u"every one found"_s);
    m_namespace =
        field(u"Only this schema or prefix"_s, u"Empty: every one that is found"_s, u"every one found"_s);
    auto* form = formIn(page);
    form->addRow(u"Name"_s, m_name);
    form->addRow(u"URL"_s, m_url);
    form->addRow(u"Password"_s, m_password);
    form->addRow(u"… from variable"_s, m_passwordVariable);
    form->addRow(u"Environment"_s, m_environment);
    form->addRow(u"Folder"_s, m_folder);
    form->addRow(u"Colour"_s, m_colourButton);
    form->addRow(u"Poll every"_s, m_poll);
    form->addRow(u"Only system"_s, m_system);
    form->addRow(u"Only schema, prefix"_s, m_namespace);
    return page;
}

QWidget* ConnectionForm::buildActing() {
    auto* page = new QWidget;
    m_arming = new QComboBox;
    m_arming->setAccessibleName(u"Arming"_s);
    m_arming->setToolTip(
        u"How long the connection stays armed at the most. Holds for the command line as well."_s);
    using namespace std::chrono_literals;
    addSpans(*m_arming, {},
             {{u"with a reason, for 15 minutes"_s, 15min},
              {u"with a reason, for 5 minutes"_s, 5min},
              {u"never: this connection only observes"_s, 0ms}});
    m_actingUser = field(u"User for acting"_s, u"A second login, used only while armed"_s,
                         u"the same as for observing"_s);
    m_actingPassword =
        field(u"Password for acting"_s, u"Kept in the keychain; empty leaves it as it is"_s, u"as it is"_s);
    m_actingPassword->setEchoMode(QLineEdit::Password);
    m_actingVariable = field(u"Variable with the password for acting"_s,
                             u"The environment variable that holds the password for acting"_s);
    auto* form = formIn(page);
    form->addRow(u"Arming"_s, m_arming);
    form->addRow(u"User"_s, m_actingUser);
    form->addRow(u"Password"_s, m_actingPassword);
    form->addRow(u"… from variable"_s, m_actingVariable);
    form->addRow(explanation(
        u"Observing is read-only, whatever the login may do. \"spillwayctl rights\" prints what each of "
        "the two logins needs."_s));
    return page;
}

QWidget* ConnectionForm::buildQueues() {
    auto* page = new QWidget;
    m_mappings = new TextLines(u"Mapping files"_s,
                               u"Files that describe a table of your own as a queue, one a line"_s, 2);
    m_patterns = new TextLines(
        u"Dead-letter queues"_s,
        u"Names or patterns of queues that hold the dead letters of others, one a line: *-dlq"_s, 2);
    m_patternPreview = explanation({});
    m_invariants = new EditTable(u"rules of the data"_s,
                                 {{u"Name"_s, u"What must hold"_s, 130},
                                  {u"Every"_s, u"How often it is checked: 60s"_s, 60},
                                  {u"Timeout"_s, u"How long it may take: 1s"_s, 70},
                                  {u"Queue"_s, u"Only this queue's charts carry its marks; empty: all"_s, 90},
                                  {u"SQL"_s, u"One number that must be 0, or two that must agree"_s, 100}});
    auto* form = formIn(page);
    form->addRow(u"Mapping files"_s, m_mappings);
    form->addRow(u"Dead-letter queues"_s, m_patterns);
    form->addRow(QString(), m_patternPreview);
    form->addRow(u"Rules of the data"_s, m_invariants);
    form->addRow(QString(),
                 explanation(u"The SQL of a rule answers one number that must be 0, or two that must "
                             "agree. PostgreSQL only, read-only."_s));
    return page;
}

QWidget* ConnectionForm::buildTrial() {
    auto* page = new QWidget;
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(12);
    column->addWidget(explanation(
        u"Test tries what is filled in here, saved or not: name, TCP, TLS, login, rights, queue systems. It "
        "only reads."_s));
    column->addWidget(m_trial);
    column->addStretch(1);
    return page;
}

void ConnectionForm::listen() {
    for (QLineEdit* edit : {m_name, m_url, m_password, m_passwordVariable, m_system, m_namespace,
                            m_actingUser, m_actingPassword, m_actingVariable})
        connect(edit, &QLineEdit::textChanged, this, &ConnectionForm::changed);
    for (QComboBox* box : {m_environment, m_folder, m_poll, m_arming})
        connect(box, &QComboBox::currentTextChanged, this, &ConnectionForm::changed);
    for (TextLines* lines : {m_mappings, m_patterns})
        connect(lines, &QPlainTextEdit::textChanged, this, &ConnectionForm::changed);
    connect(m_invariants, &EditTable::changed, this, &ConnectionForm::changed);
    connect(m_limits, &LimitsPane::changed, this, &ConnectionForm::changed);
    connect(m_limits, &LimitsPane::previewWanted, this, [this](const std::vector<QueueObjective>& limits) {
        emit limitsPreviewWanted(m_before.name, limits);
    });
    connect(m_patterns, &QPlainTextEdit::textChanged, this, &ConnectionForm::preview);
    connect(m_colourButton, &QPushButton::clicked, this, &ConnectionForm::chooseColour);
    connect(this, &ConnectionForm::changed, m_trial, &TrialPane::clear);  // it was of something else
}

void ConnectionForm::chooseColour() {
    if (!m_colour.isEmpty()) {
        m_colour.clear();
        showColour();
        emit changed();
        return;
    }
    auto* dialog = new QColorDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QColorDialog::colorSelected, this, [this](const QColor& color) {
        m_colour = color.name();
        showColour();
        emit changed();
    });
    dialog->open();
}

void ConnectionForm::showColour() {
    m_colourButton->setText(m_colour.isEmpty() ? u"None: choose…"_s : m_colour);
    m_colourButton->setIcon(m_colour.isEmpty() ? QIcon() : icon(u"queue"_s, QColor(m_colour)));
}

void ConnectionForm::setConnection(const SavedConnection& connection) {
    m_trial->clear();
    m_before = connection;
    m_name->setText(connection.name);
    m_url->setText(connection.url);
    m_password->clear();
    m_actingPassword->clear();
    m_passwordVariable->setText(connection.passwordVariable);
    chooseEnvironment(*m_environment, connection.environment);
    m_folder->setCurrentText(connection.folder);
    m_colour = connection.colour;
    showColour();
    chooseSpan(*m_poll, connection.pollInterval);
    chooseSpan(*m_arming, connection.armedFor);
    m_system->setText(connection.onlySystem);
    m_namespace->setText(connection.onlyNamespace);
    m_actingUser->setText(connection.actingUser);
    m_actingVariable->setText(connection.actingPasswordVariable);
    m_mappings->setLines(connection.mappingFiles);
    m_patterns->setLines(connection.deadLetterQueues);
    std::vector<QStringList> rules;
    for (const Invariant& each : connection.invariants)
        rules.push_back({each.name, spanText(each.every), spanText(each.timeout), each.queue, each.sql});
    m_invariants->setRows(rules);
    m_limits->setObjectives(connection.objectives);
    preview();
    emit changed();
}

Outcome<std::vector<Invariant>> ConnectionForm::invariants() const {
    std::vector<Invariant> all;
    for (const QStringList& row : m_invariants->rows()) {
        if (row[0].isEmpty() || row[4].isEmpty())
            return wrongEntry(u"A rule has no name or no SQL."_s, u"Give it both, or remove its row."_s);
        const auto every = spanFromText(row[1].isEmpty() ? u"60s"_s : row[1]);
        const auto timeout = spanFromText(row[2].isEmpty() ? u"1s"_s : row[2]);
        if (!every || *every < std::chrono::seconds{1} || !timeout)
            return wrongEntry(u"The rule \"%1\" has a wrong \"every\" or \"timeout\"."_s.arg(row[0]),
                              u"Write 500ms, 10s, 5m or 2h; a rule is checked every second at most."_s);
        all.push_back(
            {row[0], row[4], std::chrono::duration_cast<std::chrono::seconds>(*every), *timeout, row[3]});
    }
    return all;
}

Outcome<SavedConnection> ConnectionForm::connection() const {
    SavedConnection filled = m_before;
    filled.name = m_name->text().trimmed();
    filled.url = m_url->text().trimmed();
    if (!isConnectionName(filled.name))
        return wrongEntry(u"\"%1\" cannot be the name of a connection."_s.arg(filled.name),
                          connectionNameRule());
    if (const auto understood = connectionFromUrl(filled.url); !understood) return understood.failure();
    filled.passwordVariable = m_passwordVariable->text().trimmed();
    filled.environment = chosenEnvironment(*m_environment);
    filled.folder = m_folder->currentText().trimmed();
    filled.colour = m_colour;
    filled.pollInterval = chosenSpan(*m_poll);
    filled.armedFor = chosenSpan(*m_arming);
    filled.onlySystem = m_system->text().trimmed();
    filled.onlyNamespace = m_namespace->text().trimmed();
    filled.actingUser = m_actingUser->text().trimmed();
    filled.actingPasswordVariable = m_actingVariable->text().trimmed();
    filled.mappingFiles = m_mappings->lines();
    filled.deadLetterQueues = m_patterns->lines();
    auto rules = invariants();
    if (!rules) return rules.failure();
    filled.invariants = std::move(rules).value();
    auto limits = m_limits->objectives();
    if (!limits) return limits.failure();
    filled.objectives = std::move(limits).value();
    return filled;
}

ConnectionSecrets ConnectionForm::secrets() const {
    return {m_password->text(), m_actingPassword->text()};
}

bool ConnectionForm::isChanged() const {
    const auto filled = connection();
    return !filled || !(*filled == m_before) || !(secrets() == ConnectionSecrets());
}

void ConnectionForm::setFolders(const QStringList& known) {
    const QString shown = m_folder->currentText();
    m_folder->clear();
    m_folder->addItems(known);
    m_folder->setCurrentText(shown);
}

void ConnectionForm::setViews(const ConnectionViews& views) {
    m_views = views;
    preview();
}

void ConnectionForm::preview() {
    m_patternPreview->setSafeText(
        patternPreview(m_patterns->lines(), findConnection(m_views, m_before.name)));
}

void ConnectionForm::showTrial() {
    m_tabs->setCurrentIndex(m_tabs->count() - 1);
}

void ConnectionForm::focusName() {
    m_tabs->setCurrentIndex(0);
    m_name->setFocus();
    m_name->selectAll();
}

}  // namespace spillway
