using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Spec;

/// <summary>config.md#process. <c>cwd</c> and <c>args</c> may be missing here: the rules say so in the words that callers know.</summary>
internal static unsafe class ProcessReader
{
    public static Process Process(ref JsonCursor json)
    {
        Process process = new();
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("user"u8)) process.User = User(ref json);
            else if (json.Is("args"u8)) process.Args = json.Strings();
            else if (json.Is("env"u8)) process.Env = json.Strings();
            else if (json.Is("cwd"u8)) process.Cwd = json.String();
            else if (json.Is("capabilities"u8)) process.Capabilities = Capabilities(ref json);
            else if (json.Is("terminal"u8)) process.Terminal = json.Boolean();
            else if (json.Is("consoleSize"u8)) process.ConsoleSize = ConsoleSize(ref json);
            else if (json.Is("rlimits"u8)) process.Rlimits = json.Array(&Rlimit);
            else if (json.Is("noNewPrivileges"u8)) process.NoNewPrivileges = json.Boolean();
            else if (json.Is("apparmorProfile"u8)) process.ApparmorProfile = json.OptionalString();
            else if (json.Is("selinuxLabel"u8)) process.SelinuxLabel = json.OptionalString();
            else if (json.Is("oomScoreAdj"u8)) process.OomScoreAdj = json.Int32();
            else if (json.Is("scheduler"u8)) process.Scheduler = Scheduler(ref json);
            else if (json.Is("ioPriority"u8)) process.IoPriority = IoPriority(ref json);
            else if (json.Is("execCPUAffinity"u8)) process.ExecCpuAffinity = ExecCpuAffinity(ref json);
            else json.Other(ref at);
        }
        return process;
    }

    private static User User(ref JsonCursor json)
    {
        User user = new();
        uint? uid = null, gid = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("uid"u8)) uid = json.Id();
            else if (json.Is("gid"u8)) gid = json.Id();
            else if (json.Is("umask"u8)) user.Umask = json.UInt32();
            else if (json.Is("additionalGids"u8)) user.AdditionalGids = json.Array(&Id);
            else json.Other(ref at);
        }
        if (uid is null || gid is null)
            json.Warn(at, $"{(uid is not null ? "gid" : gid is not null ? "uid" : "uid and gid")} not set: 0 is taken");
        (user.Uid, user.Gid) = (uid ?? 0, gid ?? 0);
        return user;
    }

    private static uint Id(ref JsonCursor json) => json.Id();

    private static Capabilities Capabilities(ref JsonCursor json)
    {
        Capabilities capabilities = new();
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("bounding"u8)) capabilities.Bounding = json.Strings();
            else if (json.Is("effective"u8)) capabilities.Effective = json.Strings();
            else if (json.Is("inheritable"u8)) capabilities.Inheritable = json.Strings();
            else if (json.Is("permitted"u8)) capabilities.Permitted = json.Strings();
            else if (json.Is("ambient"u8)) capabilities.Ambient = json.Strings();
            else json.Other(ref at);
        }
        return capabilities;
    }

    private static ConsoleSize ConsoleSize(ref JsonCursor json)
    {
        uint? height = null, width = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("height"u8)) height = json.UInt32();
            else if (json.Is("width"u8)) width = json.UInt32();
            else json.Other(ref at);
        }
        return new ConsoleSize(height ?? throw json.Missing(at, "height"), width ?? throw json.Missing(at, "width"));
    }

    private static Rlimit Rlimit(ref JsonCursor json)
    {
        string? type = null;
        ulong? soft = null, hard = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("type"u8)) type = json.String();
            else if (json.Is("soft"u8)) soft = json.UInt64();
            else if (json.Is("hard"u8)) hard = json.UInt64();
            else json.Other(ref at);
        }
        return new Rlimit(
            type ?? throw json.Missing(at, "type"), soft ?? throw json.Missing(at, "soft"), hard ?? throw json.Missing(at, "hard"));
    }

    private static Scheduler Scheduler(ref JsonCursor json)
    {
        Scheduler scheduler = new();
        string? policy = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("policy"u8)) policy = json.String();
            else if (json.Is("nice"u8)) scheduler.Nice = json.Int32();
            else if (json.Is("priority"u8)) scheduler.Priority = json.Int32();
            else if (json.Is("flags"u8)) scheduler.Flags = json.Strings();
            else if (json.Is("runtime"u8)) scheduler.Runtime = json.UInt64();
            else if (json.Is("deadline"u8)) scheduler.Deadline = json.UInt64();
            else if (json.Is("period"u8)) scheduler.Period = json.UInt64();
            else json.Other(ref at);
        }
        scheduler.Policy = policy ?? throw json.Missing(at, "policy");
        return scheduler;
    }

    private static IoPriority IoPriority(ref JsonCursor json)
    {
        string? type = null;
        int priority = 0;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("class"u8)) type = json.String();
            else if (json.Is("priority"u8)) priority = json.Int32();
            else json.Other(ref at);
        }
        return new IoPriority(type ?? throw json.Missing(at, "class"), priority);
    }

    private static ExecCpuAffinity ExecCpuAffinity(ref JsonCursor json)
    {
        ExecCpuAffinity affinity = new();
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("initial"u8)) affinity.Initial = json.OptionalString();
            else if (json.Is("final"u8)) affinity.Final = json.OptionalString();
            else json.Other(ref at);
        }
        return affinity;
    }
}
