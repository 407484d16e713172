#include "backends/redis/sidekiq/dead.h"

#include <QCryptographicHash>

#include "backends/domain/human_text.h"
#include "backends/redis/shared/key_scan.h"
#include "backends/redis/sidekiq/payload.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qsizetype kLargestSidekiqPayload = 1 << 20;
constexpr int kLongestId = 100;

QByteArray sha1(const QByteArray& member) {
    return QCryptographicHash::hash(member, QCryptographicHash::Sha1).toHex();
}

QString idOf(const QByteArray& member, const std::optional<SidekiqJob>& job) {
    const bool named = job && !job->jid.isEmpty() && job->jid.size() <= kLongestId;
    return named ? job->jid : u"sha1:"_s + QString::fromLatin1(sha1(member));
}

void scan(RedisPipeline& pipeline, const QByteArray& key, const QByteArray& id, const QByteArray& cursor,
          DeadEntries& into) {
    RedisCommand command{"ZSCAN", key, cursor};
    if (!id.startsWith("sha1:")) command << "MATCH" << '*' + globEscaped(id.left(kLongestId)) + '*';
    command << "COUNT"
            << "1000";
    pipeline.add(command, [&pipeline, key, id, command, &into](const RedisReply& reply) {
        if (!reply.isArray() || reply.items.size() != 2) {
            into.problem = reasonFromReply(reply, command, u"sorted set"_s);
            return;
        }
        const auto& found = reply.items[1].items;
        for (std::size_t i = 0; i + 1 < found.size(); i += 2) {
            const QByteArray& member = found[i].text;
            if (idOf(member, sidekiqJobFrom(member)).toUtf8() != id) continue;
            const QByteArray& score = found[i + 1].text;
            into.entries.push_back({member, score, kSidekiqScale.timeOf(score), {}});
            return;
        }
        if (reply.items[0].text != "0") scan(pipeline, key, id, reply.items[0].text, into);
    });
}

}  // namespace

void describeSidekiqDead(const DeadEntry& entry, DeadJob& job,
                         const std::function<QString(const QByteArray&)>& queueName) {
    const auto payload = sidekiqJobFrom(entry.member);
    job.id = idOf(entry.member, payload);
    job.died_at = entry.died_at;
    job.payload_bytes = Measured<qint64>::exact(entry.member.size());
    job.version = QString::fromLatin1(entry.position + '|' + sha1(entry.member));
    if (!payload) {
        job.error = u"the job is not readable as JSON"_s;
        return;
    }
    job.queue = queueName(payload->queue);
    job.kind = visibleText(payload->kind);
    job.attempts = payload->failures();
    job.max_attempts = payload->max_attempts;
    job.error = payload->error;
}

void detailSidekiqDead(const DeadEntry& entry, JobDetail& detail) {
    detail.payload = entry.member.left(kLargestSidekiqPayload);
    detail.payload_cut = entry.member.size() > kLargestSidekiqPayload;
    const auto job = sidekiqJobFrom(entry.member);
    if (!job) return;
    detail.enqueued_at = job->created_at ? job->created_at : job->enqueued_at;
    JobError last{job->retried_at ? job->retried_at : job->failed_at, job->failures(), job->error};
    if (job->backtrace_bytes > 0)
        last.text += u"\n(a compressed backtrace of %1 bytes is kept in the job)"_s.arg(job->backtrace_bytes);
    if (!job->error.isEmpty()) detail.errors.push_back(std::move(last));
}

void findSidekiqDead(RedisPipeline& pipeline, const QByteArray& key, const QByteArray& id,
                     DeadEntries& into) {
    scan(pipeline, key, id, "0", into);
}

}  // namespace spillway
