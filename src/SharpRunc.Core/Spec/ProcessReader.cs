using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Spec;

/// <summary>
/// config.md#process. <c>cwd</c> and <c>args</c> may be missing here: the validation rules report that with the message that callers
/// expect.
/// </summary>
internal static unsafe class ProcessReader
{
    public static Process Process(ref JsonCursor json)
    {
        User user = new();
        string[] args = [], env = [];
        string cwd = "";
        Capabilities? capabilities = null;
        bool terminal = false, noNewPrivileges = false;
        ConsoleSize? consoleSize = null;
        Rlimit[] rlimits = [];
        string? apparmorProfile = null, selinuxLabel = null;
        int? oomScoreAdj = null;
        Scheduler? scheduler = null;
        IoPriority? ioPriority = null;
        ExecCpuAffinity? execCpuAffinity = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("user"u8)) user = User(ref json);
            else if (json.Is("args"u8)) args = json.Strings();
            else if (json.Is("env"u8)) env = json.Strings();
            else if (json.Is("cwd"u8)) cwd = json.String();
            else if (json.Is("capabilities"u8)) capabilities = Capabilities(ref json);
            else if (json.Is("terminal"u8)) terminal = json.Boolean();
            else if (json.Is("consoleSize"u8)) consoleSize = ConsoleSize(ref json);
            else if (json.Is("rlimits"u8)) rlimits = json.Array(&Rlimit);
            else if (json.Is("noNewPrivileges"u8)) noNewPrivileges = json.Boolean();
            else if (json.Is("apparmorProfile"u8)) apparmorProfile = json.OptionalString();
            else if (json.Is("selinuxLabel"u8)) selinuxLabel = json.OptionalString();
            else if (json.Is("oomScoreAdj"u8)) oomScoreAdj = json.Int32();
            else if (json.Is("scheduler"u8)) scheduler = Scheduler(ref json);
            else if (json.Is("ioPriority"u8)) ioPriority = IoPriority(ref json);
            else if (json.Is("execCPUAffinity"u8)) execCpuAffinity = ExecCpuAffinity(ref json);
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            Terminal = terminal,
            ConsoleSize = consoleSize,
            Cwd = cwd,
            Env = env,
            Args = args,
            Rlimits = rlimits,
            ApparmorProfile = apparmorProfile,
            SelinuxLabel = selinuxLabel,
            Capabilities = capabilities,
            NoNewPrivileges = noNewPrivileges,
            OomScoreAdj = oomScoreAdj,
            Scheduler = scheduler,
            IoPriority = ioPriority,
            ExecCpuAffinity = execCpuAffinity,
            User = user,
        };
    }

    private static User User(ref JsonCursor json)
    {
        uint? uid = null, gid = null;
        uint? umask = null;
        uint[] additionalGids = [];
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("uid"u8)) uid = json.Id();
            else if (json.Is("gid"u8)) gid = json.Id();
            else if (json.Is("umask"u8)) umask = json.UInt32();
            else if (json.Is("additionalGids"u8)) additionalGids = json.Array(&Id);
            else json.SkipUnknown(ref at);
        }
        if (uid is null || gid is null)
            json.Warn(at, $"{(uid is not null ? "gid" : gid is not null ? "uid" : "uid and gid")} not set: 0 is used");
        return new()
        {
            Uid = uid ?? 0,
            Gid = gid ?? 0,
            Umask = umask,
            AdditionalGids = additionalGids,
        };
    }

    private static uint Id(ref JsonCursor json) => json.Id();

    private static Capabilities Capabilities(ref JsonCursor json)
    {
        string[] bounding = [], effective = [], inheritable = [], permitted = [], ambient = [];
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("bounding"u8)) bounding = json.Strings();
            else if (json.Is("effective"u8)) effective = json.Strings();
            else if (json.Is("inheritable"u8)) inheritable = json.Strings();
            else if (json.Is("permitted"u8)) permitted = json.Strings();
            else if (json.Is("ambient"u8)) ambient = json.Strings();
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            Bounding = bounding,
            Effective = effective,
            Inheritable = inheritable,
            Permitted = permitted,
            Ambient = ambient,
        };
    }

    private static ConsoleSize ConsoleSize(ref JsonCursor json)
    {
        uint? height = null, width = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("height"u8)) height = json.UInt32();
            else if (json.Is("width"u8)) width = json.UInt32();
            else json.SkipUnknown(ref at);
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
            else json.SkipUnknown(ref at);
        }
        return new Rlimit(
            type ?? throw json.Missing(at, "type"), soft ?? throw json.Missing(at, "soft"), hard ?? throw json.Missing(at, "hard"));
    }

    private static Scheduler Scheduler(ref JsonCursor json)
    {
        string? policy = null;
        int nice = 0, priority = 0;
        string[] flags = [];
        ulong runtime = 0, deadline = 0, period = 0;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("policy"u8)) policy = json.String();
            else if (json.Is("nice"u8)) nice = json.Int32();
            else if (json.Is("priority"u8)) priority = json.Int32();
            else if (json.Is("flags"u8)) flags = json.Strings();
            else if (json.Is("runtime"u8)) runtime = json.UInt64();
            else if (json.Is("deadline"u8)) deadline = json.UInt64();
            else if (json.Is("period"u8)) period = json.UInt64();
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            Policy = policy ?? throw json.Missing(at, "policy"),
            Nice = nice,
            Priority = priority,
            Flags = flags,
            Runtime = runtime,
            Deadline = deadline,
            Period = period,
        };
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
            else json.SkipUnknown(ref at);
        }
        return new IoPriority(type ?? throw json.Missing(at, "class"), priority);
    }

    private static ExecCpuAffinity ExecCpuAffinity(ref JsonCursor json)
    {
        string? initial = null, final = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("initial"u8)) initial = json.OptionalString();
            else if (json.Is("final"u8)) final = json.OptionalString();
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            Initial = initial,
            Final = final,
        };
    }
}
