// A claim drill from the checklist page, on a real PostgreSQL: progress, stop, result, attached with one
// click; and nothing stays behind.
#include <QAbstractButton>
#include <QApplication>
#include <QComboBox>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include "app/console/checklist_desk.h"
#include "app/console/drill_desk.h"
#include "tests/postgres/postgres_fixture.h"
#include "widgets/parts/theme.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class ChecklistDrillTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void cleanup();
    void theResultIsAttachedWithOneClick();
    void duplicatesShowWhileItRunsAndStoppingKeepsThem();
    void anOwnClaimIsChosenAndDrilled();
    void aBadClaimOfOnesOwnIsTold();
    void closingTheWindowEndsIt();
    void productionIsNoChoiceAndRefused();
    void aServerThatIsGoneIsTold();

private:
    void press(const QString& text) {
        auto* button = find(text);
        QVERIFY2(button && button->isEnabled(), qPrintable(text));
        button->click();
    }
    QAbstractButton* find(const QString& text) {
        for (auto* button : m_page->findChildren<QAbstractButton*>())
            if (button->isVisible() && button->text().remove(u'&') == text) return button;
        return nullptr;
    }
    // As a person does: the last entry opens a file dialog, which is answered there.
    void chooseClaim(const QByteArray& sql) {
        QFile file(m_folder->filePath(u"pay.sql"_s));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(sql) == sql.size());
        file.close();
        QTimer answer;
        connect(&answer, &QTimer::timeout, this, [&] {
            auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
            if (!dialog) return;
            // Again until it closes: a dialog that still reads its folder takes no answer.
            dialog->findChild<QLineEdit*>(u"fileNameEdit"_s)->setText(file.fileName());
            QMetaObject::invokeMethod(dialog, "accept");
        });
        answer.start(50);
        QComboBox* claim = box(u"Claim"_s);
        claim->setFocus();
        QTest::keyClick(claim, Qt::Key_End);
        QVERIFY2(claim->currentText().contains(u"pay.sql"_s), qPrintable(claim->currentText()));
    }
    QComboBox* box(const QString& name) {
        for (auto* one : m_page->findChildren<QComboBox*>())
            if (one->accessibleName() == name) return one;
        return nullptr;
    }
    QString shown() {
        QStringList texts;
        for (const auto* label : m_page->findChildren<QLabel*>())
            if (label->isVisible()) texts << label->text().replace(QChar::Nbsp, u' ');
        return texts.join(u'\n').replace(QChar(0xa0), u' ');
    }
    std::vector<Evidence> attached() {
        const auto stored = ChecklistStore(m_folder->path()).load(m_id);
        return stored ? stored->answer(ChecklistQuestion::concurrent_load).evidence : std::vector<Evidence>();
    }
    QString schemas() {
        return QString::fromStdString(
            m_fixture.sql("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'spillway_drill%'"));
    }

    PostgresFixture m_fixture;
    ConnectionSettings m_settings;
    QString m_id;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<ChecklistPage> m_page;
    std::unique_ptr<ChecklistDesk> m_desk;
    std::unique_ptr<DrillDesk> m_drills;
};

void ChecklistDrillTest::initTestCase() {
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
    m_theme = std::make_unique<Theme>(*qApp, ThemeMode::dark);
}

void ChecklistDrillTest::init() {
    m_fixture.freshDatabase(u"app"_s);
    m_settings = m_fixture.settings();
    m_settings.name = u"staging"_s;
    m_settings.environment = Environment::staging;
    m_folder = std::make_unique<QTemporaryDir>();
    Checklist one;
    one.id = m_id = newChecklistId();
    one.title = u"Charge in one statement"_s;
    one.jobs = {u"charge"_s};
    QVERIFY(ChecklistStore(m_folder->path()).create(one).ok());
    m_page = std::make_unique<ChecklistPage>();
    m_desk = std::make_unique<ChecklistDesk>(m_folder->path());
    m_drills = std::make_unique<DrillDesk>([this](const QString&) { return m_settings; });
    m_page->resize(1200, 760);
    m_desk->serve(m_page.get());
    m_drills->serve(m_page.get());
    m_page->show();
    ConnectionView staging{.name = u"staging"_s, .environment = Environment::staging};
    staging.state = ConnectionState::live;
    ConnectionView production{.name = u"prod"_s};
    production.state = ConnectionState::live;
    m_page->setConnections({staging, production});
    auto* list = m_page->findChild<QListWidget*>();
    QTRY_COMPARE(list->count(), 1);
    emit list->itemActivated(list->item(0));
    for (int i = 0; i < 3; ++i) press(u"Back"_s);  // from the summary to question 3
    QVERIFY(shown().contains(u"Question 3 of 4"_s));
}

void ChecklistDrillTest::cleanup() {
    m_drills.reset();
    m_desk.reset();
    m_page.reset();
    QCOMPARE(schemas(), u"0"_s);
}

void ChecklistDrillTest::theResultIsAttachedWithOneClick() {
    box(u"How far"_s)->setCurrentIndex(0);
    press(u"Run a drill"_s);
    QVERIFY(find(u"Stop"_s));
    QTRY_VERIFY_WITH_TIMEOUT(find(u"Attach the drill"_s), 15'000);
    QVERIFY2(shown().contains(u"8 workers, atomic: 0 of"_s), qPrintable(shown()));
    press(u"Attach the drill"_s);
    QTRY_COMPARE(attached().size(), size_t{1});
    const auto drill = attached().front();
    QCOMPARE(drill.kind, EvidenceKind::drill_claim);
    QCOMPARE(drill.where, u"@staging"_s);
    QCOMPARE(drill.document[u"environment"_s].toString(), u"staging"_s);
    QVERIFY(!find(u"Attach the drill"_s));
    QTRY_VERIFY2(shown().contains(u"Claim drill: 8 workers, atomic"_s), qPrintable(shown()));
}

void ChecklistDrillTest::duplicatesShowWhileItRunsAndStoppingKeepsThem() {
    box(u"Claim"_s)->setCurrentIndex(1);
    box(u"How far"_s)->setCurrentIndex(2);
    press(u"Run a drill"_s);
    const auto seen = [this] {
        return shown().contains(u" duplicates, at most "_s) && !shown().contains(u" 0 duplicates"_s);
    };
    QTRY_VERIFY_WITH_TIMEOUT(seen(), 15'000);
    press(u"Stop"_s);
    QTRY_VERIFY_WITH_TIMEOUT(find(u"Attach the drill"_s), 15'000);
    QVERIFY2(shown().contains(u"Stopped; what was measured until then counts."_s), qPrintable(shown()));
    press(u"Attach the drill"_s);
    QTRY_COMPARE(attached().size(), size_t{1});
    QVERIFY(sawDuplicates(attached().front()));
}

void ChecklistDrillTest::anOwnClaimIsChosenAndDrilled() {
    chooseClaim(
        "SELECT id FROM jobs WHERE claimed_by IS NULL ORDER BY id LIMIT 1\n-- then\n"
        "UPDATE jobs SET claimed_by = $1 WHERE id = $2");
    box(u"How far"_s)->setCurrentIndex(0);
    press(u"Run a drill"_s);
    QTRY_VERIFY_WITH_TIMEOUT(shown().contains(u" duplicates, at most "_s), 15'000);
    press(u"Stop"_s);
    QTRY_VERIFY_WITH_TIMEOUT(find(u"Attach the drill"_s), 15'000);
    QVERIFY2(shown().contains(u"8 workers, pay.sql: "_s), qPrintable(shown()));
    press(u"Attach the drill"_s);
    QTRY_COMPARE(attached().size(), size_t{1});
    QVERIFY(sawDuplicates(attached().front()));
}

void ChecklistDrillTest::aBadClaimOfOnesOwnIsTold() {
    chooseClaim("SELECT id FROM nowhere");
    press(u"Run a drill"_s);
    QTRY_VERIFY_WITH_TIMEOUT(!find(u"Stop"_s), 15'000);
    QVERIFY2(shown().contains(u"The claim in pay.sql"_s) && shown().contains(u"nowhere"_s),
             qPrintable(shown()));
    QVERIFY(!find(u"Attach the drill"_s));
}

void ChecklistDrillTest::closingTheWindowEndsIt() {
    box(u"How far"_s)->setCurrentIndex(2);
    press(u"Run a drill"_s);
    QTRY_VERIFY_WITH_TIMEOUT(shown().contains(u" claims, "_s), 15'000);
    QCOMPARE(schemas(), u"1"_s);
    m_drills.reset();
    QCOMPARE(schemas(), u"0"_s);
}

void ChecklistDrillTest::productionIsNoChoiceAndRefused() {
    QCOMPARE(box(u"Where the drill runs"_s)->count(), 1);
    m_settings.environment = Environment::production;  // saved anew since the page was told
    press(u"Run a drill"_s);
    QTRY_VERIFY2(shown().contains(u"counts as production"_s), qPrintable(shown()));
    QVERIFY(find(u"Run a drill"_s)->isEnabled());
    m_page->setConnections({ConnectionView{.name = u"prod"_s, .state = ConnectionState::live}});
    QVERIFY(!find(u"Run a drill"_s)->isEnabled());
}

void ChecklistDrillTest::aServerThatIsGoneIsTold() {
    m_settings = *connectionFromUrl(u"postgresql://postgres@127.0.0.1:1/nowhere"_s);
    m_settings.environment = Environment::staging;
    press(u"Run a drill"_s);
    QTRY_VERIFY_WITH_TIMEOUT(!find(u"Stop"_s), 15'000);
    QVERIFY2(shown().contains(u"refused"_s, Qt::CaseInsensitive), qPrintable(shown()));
    QVERIFY(!find(u"Attach the drill"_s));
}

QTEST_MAIN(ChecklistDrillTest)
#include "tst_checklist_drill.moc"
