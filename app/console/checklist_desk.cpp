#include "app/console/checklist_desk.h"

#include <QDateTime>
#include <QSysInfo>

#include "backends/acting/action_report.h"
#include "backends/checklist/checklist_document.h"
#include "backends/checklist/evidence_file.h"
#include "backends/drill/drill_document.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

ServerTime deskNow() {
    return serverTimeFromMillis(QDateTime::currentMSecsSinceEpoch());
}

Outcome<Done> passOn(const Outcome<Checklist>& changed) {
    if (!changed) return changed.failure();
    return Done{};
}

Outcome<Evidence> evidenceIn(const QString& path) {
    const auto file = readEvidenceFile(path);
    if (!file) return file.failure();
    return file->bytes.trimmed().startsWith('<') ? evidenceFromJUnit(*file) : evidenceFromJson(*file);
}

}  // namespace

ChecklistDesk::ChecklistDesk(const QString& folder, QObject* parent) : QObject(parent), m_store(folder) {
    qRegisterMetaType<std::vector<Checklist>>();
    m_thread.setMaxThreadCount(1);
}

ChecklistDesk::~ChecklistDesk() {
    m_thread.waitForDone();
}

void ChecklistDesk::serve(ChecklistPage* page) {
    connect(page, &ChecklistPage::created, this, &ChecklistDesk::create);
    connect(page, &ChecklistPage::edited, this, &ChecklistDesk::edit);
    connect(page, &ChecklistPage::fileAttached, this, &ChecklistDesk::attachFile);
    connect(page, &ChecklistPage::evidenceMeasured, this, &ChecklistDesk::attachMeasured);
    connect(page, &ChecklistPage::signatureGiven, this, &ChecklistDesk::sign);
    connect(page, &ChecklistPage::exportRequested, this, &ChecklistDesk::exportTo);
    connect(this, &ChecklistDesk::listed, page, &ChecklistPage::setChecklists, Qt::QueuedConnection);
    connect(this, &ChecklistDesk::failed, page, &ChecklistPage::showFailure, Qt::QueuedConnection);
    refresh();
}

void ChecklistDesk::later(std::function<Outcome<Done>(ChecklistStore&)> work) {
    m_thread.start([this, work = std::move(work)] {
        const auto done = work(m_store);
        const auto listing = m_store.list();
        if (listing) emit listed(listing->checklists, listing->unreadable);
        if (!done) emit failed(done.failure().sentence());
        if (!listing) emit failed(listing.failure().sentence());
    });
}

void ChecklistDesk::refresh() {
    later([](ChecklistStore&) { return Outcome<Done>(Done{}); });
}

void ChecklistDesk::create(const Checklist& checklist) {
    later([checklist](ChecklistStore& store) { return store.create(checklist); });
}

void ChecklistDesk::edit(const ChecklistEdit& edit) {
    later([edit](ChecklistStore& store) { return passOn(store.change(edit.id, edit.apply)); });
}

void ChecklistDesk::attachFile(const QString& id, ChecklistQuestion question, const QString& path) {
    later([=](ChecklistStore& store) -> Outcome<Done> {
        const auto evidence = evidenceIn(path);
        if (!evidence) return evidence.failure();
        return passOn(store.change(id, [&](Checklist& c) -> Outcome<Done> {
            attachEvidence(c, question, *evidence, deskNow());
            return Done{};
        }));
    });
}

void ChecklistDesk::attachMeasured(const PageEvidence& measured) {
    later([=](ChecklistStore& store) -> Outcome<Done> {
        const Actor actor = thisActor(QStringLiteral(SPILLWAY_VERSION));
        const auto evidence = evidenceFromDocument(withHead(measured.document, {measured.kind,
                                                                                toIsoUtc(deskNow()),
                                                                                actor.name,
                                                                                actor.host,
                                                                                measured.where,
                                                                                measured.commit,
                                                                                {}}),
                                                   {});
        if (!evidence) return evidence.failure();
        return passOn(store.change(measured.id, [&](Checklist& c) -> Outcome<Done> {
            if (measured.workers) c.workers = measured.workers;
            attachEvidence(c, measured.question, *evidence, deskNow());
            return Done{};
        }));
    });
}

void ChecklistDesk::sign(const QString& id, const QString& reviewer, const QString& acceptRisk) {
    later([=](ChecklistStore& store) {
        const Actor actor = thisActor(QStringLiteral(SPILLWAY_VERSION));
        return passOn(store.change(id, [&](Checklist& c) {
            return signOff(c,
                           {reviewer, deskNow(), actor.name, actor.host, acceptRisk, contentHash(c), false});
        }));
    });
}

void ChecklistDesk::exportTo(const QString& id, const QString& path) {
    later([=](ChecklistStore& store) -> Outcome<Done> {
        const auto checklist = store.load(id);
        if (!checklist) return checklist.failure();
        return writeWholeFile(path, checklistBytes(*checklist), false);
    });
}

}  // namespace spillway
