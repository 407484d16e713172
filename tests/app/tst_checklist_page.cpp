// The checklist page with the desk behind it: a whole checklist by keyboard alone, kept on the disk.
#include <QAbstractButton>
#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "app/console/checklist_desk.h"
#include "backends/checklist/live_evidence.h"
#include "tests/support/reading_builder.h"
#include "widgets/parts/theme.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

QString shownText(const QWidget& widget) {
    QStringList texts;
    for (const auto* label : widget.findChildren<QLabel*>())
        if (label->isVisibleTo(&widget)) texts << label->text().replace(QChar::Nbsp, u' ');
    return texts.join(u'\n').replace(QChar(0xa0), u' ');
}

ConnectionViews production() {
    ConnectionView view;
    view.name = u"prod"_s;
    view.environment = Environment::production;
    view.state = ConnectionState::live;
    view.last = ReadingBuilder(u"prod"_s)
                    .system(u"mapped:payments"_s, u"table payments"_s)
                    .queue(QueueBuilder(u"payments"_s).claims(300'000, 0, 100, 0))
                    .build();
    view.last_at = QDateTime::currentDateTime();
    return {view};
}

}  // namespace

class ChecklistPageTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { m_theme = std::make_unique<Theme>(*qApp, ThemeMode::dark); }
    void init();
    void cleanup();
    void aWholeOneByKeyboardAlone();
    void parityAndRulesAreBesideTheQuestion();
    void theDeployIsCompared();
    void nothingSharedLeadsToTheEnd();
    void refusalsAreTold();
    void expiredEvidenceIsStruck();
    void theListIsFilteredByJob();

private:
    void type(const QString& text) { QTest::keyClicks(qApp->focusWidget(), text); }
    void press(Qt::Key key, Qt::KeyboardModifiers modifiers = {}) {
        QTest::keyClick(qApp->focusWidget(), key, modifiers);
        // A mnemonic presses its button for a moment before it clicks.
        QTRY_VERIFY(
            std::none_of(m_buttons.begin(), m_buttons.end(), [](const auto* b) { return b->isDown(); }));
    }
    void describe(const QString& job, bool staging = false);
    void answer(Qt::Key choice, const QString& text);
    [[nodiscard]] std::optional<Checklist> stored() const;
    [[nodiscard]] ChecklistStore store() const { return ChecklistStore(m_folder->path()); }

    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<ChecklistPage> m_page;
    std::unique_ptr<ChecklistDesk> m_desk;
    QList<QAbstractButton*> m_buttons;
};

void ChecklistPageTest::init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_page = std::make_unique<ChecklistPage>();
    m_desk = std::make_unique<ChecklistDesk>(m_folder->path());
    m_buttons = m_page->findChildren<QAbstractButton*>();
    m_page->resize(1200, 760);
    m_page->setConnections(production());
    m_desk->serve(m_page.get());
    m_page->show();
    m_page->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_page.get()));
}

void ChecklistPageTest::cleanup() {
    m_desk.reset();
    m_buttons.clear();
    m_page.reset();
}

std::optional<Checklist> ChecklistPageTest::stored() const {
    const auto listing = store().list();
    if (!listing || listing->checklists.empty()) return std::nullopt;
    return listing->checklists.front();
}

void ChecklistPageTest::describe(const QString& job, bool staging) {
    m_page->setFocus();
    press(Qt::Key_W, Qt::AltModifier);
    type(u"Charge in one statement"_s);
    press(Qt::Key_Tab);
    type(job);
    press(Qt::Key_Tab);
    press(Qt::Key_Down);              // the queue: payments on prod
    if (staging) press(Qt::Key_Tab);  // the only one is chosen already
    press(Qt::Key_Tab);
    type(u"4f2c91d0"_s);
    press(Qt::Key_Tab);
    press(Qt::Key_A, Qt::ControlModifier);
    type(u"Ada"_s);
    press(Qt::Key_Return);
}

void ChecklistPageTest::answer(Qt::Key choice, const QString& text) {
    press(choice, Qt::AltModifier);
    press(Qt::Key_A, Qt::ControlModifier);
    type(text);
    press(Qt::Key_Return);
}

void ChecklistPageTest::aWholeOneByKeyboardAlone() {
    describe(u"charge"_s);
    QVERIFY2(shownText(*m_page).contains(u"Does this job touch shared state?"_s),
             qPrintable(shownText(*m_page)));
    QVERIFY2(shownText(*m_page).contains(u"0 of 300 000 claims"_s), qPrintable(shownText(*m_page)));
    QVERIFY(shownText(*m_page).contains(u"120 run at once"_s));
    answer(Qt::Key_Y, u"charges cards"_s);
    press(Qt::Key_L, Qt::AltModifier);  // what is live, attached to question 2
    QTRY_VERIFY(stored() && stored()->answer(ChecklistQuestion::sequential).evidence.size() == 1);
    answer(Qt::Key_N, u"one statement, keyed"_s);
    answer(Qt::Key_N, u"no staging yet"_s);
    answer(Qt::Key_Y, u"deploy the last one again"_s);
    QVERIFY(shownText(*m_page).contains(u"fail silently"_s));
    type(u"a lease shorter than the charge"_s);
    press(Qt::Key_Return);
    QTRY_VERIFY2(shownText(*m_page).contains(u"Incomplete: No reviewer has signed it"_s),
                 qPrintable(shownText(*m_page)));
    QTRY_VERIFY(stored() && !stored()->silent_failure.isEmpty());
    type(u"Grace"_s);
    const auto signing = [this] {
        for (const auto* one : m_page->findChildren<QAbstractButton*>())
            if (one->text() == u"&Sign"_s) return one->isEnabled();
        return false;
    };
    QTRY_VERIFY(signing());  // once the last answer is kept and judged
    press(Qt::Key_Return);
    QTRY_VERIFY2(shownText(*m_page).contains(u"Pass: nothing speaks against this deploy."_s),
                 qPrintable(shownText(*m_page)));
    press(Qt::Key_C, Qt::AltModifier);
    QVERIFY(qApp->clipboard()->text().contains(u"## Concurrency considerations"_s));
    QSignalSpy marks(m_page.get(), &ChecklistPage::deployWanted);
    press(Qt::Key_D, Qt::AltModifier);
    QCOMPARE(marks.size(), 1);
    const QString id = stored()->id;
    QCOMPARE(marks[0], (QVariantList{id, u"prod"_s, u"payments"_s, u"deploy 4f2c91d0"_s}));
    m_page->takeMarkFailure(id, u"The disk is full."_s);
    QVERIFY(shownText(*m_page).contains(u"The deploy mark was not set. The disk is full."_s));
    QVERIFY(!m_page->current()->deployed);
    press(Qt::Key_D, Qt::AltModifier);
    QCOMPARE(marks.size(), 2);
    QVERIFY(!stored()->deployed);
    m_page->takeMark(id);
    QTRY_VERIFY(stored()->deployed);
    const auto kept = *stored();
    QCOMPARE(kept.connection, u"@prod"_s);
    QCOMPARE(kept.environment, std::optional(Environment::production));
    QCOMPARE(kept.workers, std::optional<qint64>(120));
    QCOMPARE(kept.answer(ChecklistQuestion::concurrent_load).choice, std::optional(AnswerChoice::no));
    QCOMPARE(kept.author, u"Ada"_s);
}

void ChecklistPageTest::parityAndRulesAreBesideTheQuestion() {
    auto views = production();
    Reading told = *views[0].last;
    told.invariants.push_back(
        {.name = u"charged once"_s, .holds = false, .found = u"93 and 100 (must agree)"_s});
    views[0].last = std::make_shared<const Reading>(told);
    ConnectionView staging = views[0];
    staging.name = u"staging"_s;
    staging.environment = Environment::staging;
    Reading there = *production()[0].last;
    there.connection = u"staging"_s;
    there.environment = Environment::staging;
    there.systems[0].workers = {Count::exact(1), Count::exact(1), Count::exact(0)};
    staging.last = std::make_shared<const Reading>(there);
    views.push_back(staging);
    m_page->setConnections(views);
    describe(u"charge"_s, true);
    answer(Qt::Key_Y, u"charges cards"_s);
    answer(Qt::Key_N, u"one statement, keyed"_s);
    const QString shown = shownText(*m_page);
    QVERIFY2(shown.contains(u"payments: staging runs 1, production 120 (12 × 10): concurrency is untested"_s),
             qPrintable(shown));
    QVERIFY2(shown.contains(u"On prod “charged once” does not hold: 93 and 100 (must agree)."_s),
             qPrintable(shown));
    press(Qt::Key_P, Qt::AltModifier);
    const auto attached = [this] { return stored()->answer(ChecklistQuestion::concurrent_load).evidence; };
    QTRY_COMPARE(attached().size(), size_t{1});
    QCOMPARE(attached()[0].kind, EvidenceKind::parity);
    QCOMPARE(attached()[0].where, u"staging against prod"_s);
    QCOMPARE(stored()->staging, u"@staging"_s);
    press(Qt::Key_L, Qt::AltModifier);
    QTRY_COMPARE(attached().size(), size_t{2});
    QCOMPARE(rulesIn(attached()[1].document).size(), size_t{1});
    QVERIFY(attached()[1].document[u"staging"_s].isObject());
}

void ChecklistPageTest::theDeployIsCompared() {
    describe(u"charge"_s);
    QTRY_VERIFY(stored());
    QVERIFY(store()
                .change(stored()->id,
                        [](Checklist& c) -> Outcome<Done> {
                            c.deployed = c.created;
                            return Done{};
                        })
                .ok());
    m_desk->refresh();
    auto* list = m_page->findChild<QListWidget*>();
    QTRY_VERIFY(m_page->current() && m_page->current()->deployed && list->count() == 1);
    QSignalSpy wanted(m_page.get(), &ChecklistPage::comparisonWanted);
    emit list->itemActivated(list->item(0));
    QCOMPARE(wanted.size(), 1);
    QCOMPARE(wanted[0][1].value<QueueRef>(), (QueueRef{u"prod"_s, u"mapped:payments"_s, u"payments"_s}));
    m_page->setConnections(production());
    QCOMPARE(wanted.size(), 1);  // not with every poll
    const QueueSpan before{.seconds = 600, .claims = 60'000, .duplicates = 0};
    const QueueSpan after{.seconds = 600, .claims = 60'000, .duplicates = 66};
    m_page->takeComparison(u"another"_s, deployComparison(after, before, u"other"_s));
    QVERIFY(!shownText(*m_page).contains(u"Since other"_s));
    m_page->takeComparison(stored()->id, deployComparison(before, after, u"4f2c"_s));
    QVERIFY2(shownText(*m_page).contains(u"Since 4f2c duplicates rose from 0 to 1 100 per million."_s),
             qPrintable(shownText(*m_page)));
}

void ChecklistPageTest::nothingSharedLeadsToTheEnd() {
    describe(u"digest"_s);
    answer(Qt::Key_N, u"reads only"_s);
    QVERIFY(shownText(*m_page).contains(u"Question 4 of 4"_s));
    answer(Qt::Key_Y, u"deploy the last one again"_s);
    QVERIFY2(shownText(*m_page).contains(u"Pass: this change does not touch shared state."_s),
             qPrintable(shownText(*m_page)));
    QTRY_VERIFY(stored() && stored()->touchesNothingShared());
}

void ChecklistPageTest::refusalsAreTold() {
    m_page->begin();
    press(Qt::Key_Return);
    QVERIFY(shownText(*m_page).contains(u"Say in a few words what is deployed."_s));
    describe(u"charge"_s);
    press(Qt::Key_X, Qt::AltModifier);
    QVERIFY(shownText(*m_page).contains(u"Choose yes, no, or not applicable."_s));
    answer(Qt::Key_N, u" "_s);
    QVERIFY(shownText(*m_page).contains(u"needs one sentence that says why"_s));
    QVERIFY(shownText(*m_page).contains(u"Question 1 of 4"_s));
}

void ChecklistPageTest::expiredEvidenceIsStruck() {
    describe(u"charge"_s);
    QTRY_VERIFY(stored());
    const auto changed = store().change(stored()->id, [](Checklist& c) -> Outcome<Done> {
        Evidence old;
        old.kind = EvidenceKind::junit;
        old.document = {{u"tests"_s, 3}};
        old.measured_at = c.created - std::chrono::hours(24 * 9);
        attachEvidence(c, ChecklistQuestion::shared_state, old, c.created);
        return Done{};
    });
    QVERIFY(changed.ok());
    m_desk->refresh();
    const auto struck = [this]() -> const QLabel* {
        for (const auto* label : m_page->findChildren<QLabel*>())
            if (label->text().contains(u"3 tests"_s) && label->font().strikeOut()) return label;
        return nullptr;
    };
    QTRY_VERIFY(struck());
    QVERIFY2(struck()->text().contains(u"Expired: measured 9\u00a0d"_s), qPrintable(struck()->text()));
}

void ChecklistPageTest::theListIsFilteredByJob() {
    Checklist one;
    one.created = serverTimeFromSeconds(1'772'503'920);
    for (const auto& job : {u"charge"_s, u"digest"_s, u"charge"_s}) {
        one.id = newChecklistId();
        one.title = job;
        one.jobs = {job};
        QVERIFY(store().create(one).ok());
    }
    m_desk->refresh();
    auto* list = m_page->findChild<QListWidget*>();
    QTRY_COMPARE(list->count(), 3);
    auto* jobs = m_page->findChildren<QComboBox*>().front();
    jobs->setFocus();
    press(Qt::Key_Down);
    QCOMPARE(jobs->currentText(), u"charge"_s);
    QCOMPARE(list->count(), 2);
    list->setFocus();
    press(Qt::Key_Down);
    press(Qt::Key_Return);
    QVERIFY(shownText(*m_page).contains(u"Incomplete: Question 1"_s));
}

QTEST_MAIN(ChecklistPageTest)
#include "tst_checklist_page.moc"
