using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Validation;

/// <summary>
/// Every value and every missing property that we refuse, held against the official JSON schema: what it takes too is refused here for a
/// reason, and the reason is known.
/// </summary>
internal sealed class StricterTests
{
    private const string RuncToo = "runc refuses it too", Kernel = "the kernel refuses it with a bare errno, for runc too",
        Must = "the specification has a MUST", Ours = "runc takes it";

    /// <summary>
    /// What is refused, as a pattern of <c>pointer=value</c> (a value that is left out is empty), what others do, and why; where it is ours
    /// alone a row of differences.md that says so.
    /// </summary>
    private static readonly (string Refused, string Verdict, string Why)[] Reasons =
    [
        ("^/ociVersion=", Ours, "`ociVersion` must be SemVer"),
        ("^/root=$", RuncToo, "root must be specified"),
        ("^/root/path=''", Ours, "must not be empty"), ("^/mounts/./destination=''", Ours, "must not be empty"),
            ("^/mounts/./source=''", Ours, "must not be empty"),
        ("^/(hostname|domainname)=", Kernel, "sethostname: EINVAL"),
        ("^/annotations=", Must, "keys MUST NOT be an empty string"),
        ("^/mounts/./destination='/proc/|^/mounts/./type='tmpfs'", RuncToo, "inside /proc"),
        ("^/mounts/./[ug]idMappings", Kernel, "mount_setattr and uid_map: EINVAL"),
        ("^/process/(cwd|args)=", RuncToo, "Cwd and args must not be empty"),
        ("^/process/env/", RuncToo, "invalid environment variable"),
        ("^/process/consoleSize/", Ours, "cut short"),
        ("^/process/rlimits/./type=|^/process/rlimits=", Must, "values that cannot be mapped, and duplicates"),
        ("^/process/rlimits/./(soft|hard)=", Kernel, "prlimit: EINVAL"),
        ("^/process/oomScoreAdj=", Kernel, "write: EINVAL"),
        ("^/process/scheduler", Kernel, "sched_setattr: EINVAL"),
        ("^/process/ioPriority/", RuncToo, "invalid ioPriority"),
        ("^/process/execCPUAffinity/", RuncToo, "invalid range"),
        ("^/process/user/(uid|gid|additionalGids/.)=", Kernel, "setresuid: EINVAL, or unchanged"),
        ("^/process/user/umask=", Ours, "cut short"),
        ("^/linux/namespaces/./path='netns'", Must, "MUST be an absolute path"),
        ("^/linux/namespaces/.=", Must, "duplicated namespaces with the same type"),
        ("^/linux/namespaces=", RuncToo, "what needs a namespace and has none"),
        ("^/linux/namespaces/7/path=", RuncToo, "both namespace path and time offsets"),
        ("^/linux/[ug]idMappings", Kernel, "uid_map: EINVAL"),
        ("^/linux/timeOffsets/", Kernel, "timens_offsets: EINVAL"),
        ("^/linux/devices/./path=", Ours, "absolute"),
        ("^/linux/devices/./(major|minor)=.", Kernel, "a dev_t has 12 and 20 bits"),
        ("^/linux/devices/./(major|minor)=$", Ours, "`major` and `minor`"),
        ("^/linux/devices/./uid=", Kernel, "chown takes 4294967295 for unchanged"),
        ("^/linux/netDevices", RuncToo, "invalid network device name"),
        ("^/linux/(masked|readonly)Paths/", Must, "absolute paths in the container"),
        ("^/linux/personality/flags=", Must, "currently no flag values are supported"),
        ("^/linux/personality/domain=$", RuncToo, "invalid personality domain"),
        ("^/linux/memoryPolicy/", RuncToo, "invalid memory policy"),
        ("^/linux/intelRdt/closID=", RuncToo, "invalid intelRdt.ClosID"),
        ("^/linux/intelRdt/(l3CacheSchema|schemata/.)=", Must, "a schema is one line"),
        ("^/linux/sysctl=", RuncToo, "not in a separate kernel namespace, or not a name"),
        ("^/linux/seccomp/(defaultAction|syscalls/./action)='SCMP_ACT_(ALLOW|KILL)'", Must, "errno for an action that returns none"),
        ("^/linux/seccomp/(defaultAction='SCMP_ACT_NOTIFY'|syscalls/.={'names':..write)", RuncToo, "SCMP_ACT_NOTIFY cannot be used"),
        ("^/linux/seccomp/(defaultErrnoRet|syscalls/./errnoRet)=", Ours, "cut short"),
        ("^/linux/seccomp/listenerPath=", Must, "listenerMetadata MUST NOT be set without it"),
        ("^/linux/seccomp/syscalls/./args/./index=", RuncToo, "libseccomp: EINVAL"),
        ("^/hooks/[a-zA-Z]+/./path=", Must, "an absolute path"),
        ("^/hooks/[a-zA-Z]+/./env/", Must, "the semantics of environ"),
        ("^/linux/resources/devices/./(access|type)=", RuncToo, "device access field cannot be empty"),
        ("^/linux/resources/devices/./(major|minor)=", Kernel, "devices.allow: EINVAL"),
        ("^/linux/resources/(memory/[a-zA-Z]+|pids/limit)=-2", Ours, "below -1"),
        ("^/linux/resources/memory/swappiness=", Kernel, "memory.swappiness: EINVAL"),
        ("^/linux/resources/cpu/(burst|quota|idle)=", Kernel, "cpu.max.burst, cpu.idle: EINVAL"),
        ("^/linux/resources/cpu/(cpus|mems)=", Kernel, "cpuset: EINVAL, ERANGE"),
        ("^/linux/resources/blockIO/([a-zA-Z]+/./)?(weight|leafWeight)=", Kernel, "EINVAL"),
        ("^/linux/resources/blockIO/weightDevice=", Must, "at least one of weight or leafWeight"),
        ("^/linux/resources/blockIO/[a-zA-Z]+/./(major|minor)=", Kernel, "EINVAL"),
        ("^/linux/resources/blockIO/[a-zA-Z]+/./rate=$", Ours, "`rate`"),
        ("^/linux/resources/network/priorities/./name=", Kernel, "net_prio.ifpriomap: EINVAL"),
        ("^/linux/resources/rdma/", Must, "at least one of hcaHandles or hcaObjects"),
        ("^/linux/resources/unified=", RuncToo, "not a file name"),
    ];

    /// <summary>Pointer and value; a value of "" is a property left out.</summary>
    private static IEnumerable<(string Pointer, string Value, string Json)> Refused()
    {
        foreach ((string pointer, string value, _, _) in RuleTableTests.Rows())
            yield return (pointer, value, FullConfig.With(pointer, JsonNode.Parse(value.Replace('\'', '"'))));
        foreach (TestCaseAttribute required in typeof(RequiredPropertyTests).GetMethod(
            nameof(RequiredPropertyTests.Without_it_a_config_is_refused))!.GetCustomAttributes(typeof(TestCaseAttribute), false)
            .Cast<TestCaseAttribute>())
        {
            string pointer = (string)required.Arguments[0]!;
            JsonNode config = JsonNode.Parse(RequiredPropertyTests.Full)!;
            ((JsonObject)FullConfig.Find(config, pointer[..pointer.LastIndexOf('/')])!).Remove(pointer[(pointer.LastIndexOf('/') + 1)..]);
            yield return (pointer, "", config.ToJsonString());
        }
    }

    [Test]
    public void What_the_schema_takes_and_we_refuse_has_its_reason()
    {
        List<string> unexplained = [];
        HashSet<string> used = [];
        foreach ((string pointer, string value, string json) in Refused())
        {
            if (JsonSchema.Config.Errors(json).Length > 0)
                continue;
            string? row = Reasons.Select(reason => reason.Refused)
                .FirstOrDefault(known => System.Text.RegularExpressions.Regex.IsMatch($"{pointer}={value}", known));
            if (row is null)
                unexplained.Add($"{pointer}={value}");
            else
                used.Add(row);
        }
        Assert.That(unexplained, Is.Empty, string.Join('\n', unexplained));
        Assert.That(Reasons.Select(reason => reason.Refused), Is.EquivalentTo(used), "a reason for what is no longer refused");
    }

    [Test]
    public void What_runc_takes_and_we_refuse_is_told_in_differences()
    {
        string told = File.ReadAllText(Path.Combine(Repository.Root, "src/SharpRunc/packaging/doc/differences.md"));
        Assert.That(Reasons.Where(reason => reason.Verdict == Ours && !told.Contains(reason.Why)).Select(reason => reason.Refused),
            Is.Empty);
    }
}
