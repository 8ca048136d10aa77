using System.Collections.Generic;

namespace SharpRunc.Tests.Validation;

/// <summary>
/// Values of the right type that the specification or the kernel has no use for, by the pointer of the property that is set in the full
/// config: the value (with ' for "), words of the error, and its pointer where that is another.
/// </summary>
internal static class RuleTable
{
    private const string Long = "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'";

    /// <summary>config.md.</summary>
    public static readonly (string Pointer, string Value, string Words, string? At)[] Config =
    [
        ("/ociVersion", "'1.0'", "SemVer 2.0.0", null), ("/ociVersion", "'2.0.0'", "only 1.x", null), ("/ociVersion", "''", "SemVer", null),
        ("/root", "null", "required on Linux", null), ("/root/path", "''", "must not be empty", null),
        ("/hostname", Long, "at most 64 bytes", null), ("/domainname", Long, "at most 64 bytes", null),
        ("/annotations", "{'':'x'}", "must not be empty", "/annotations/"),
        ("/mounts/0/destination", "''", "must not be empty", null), ("/mounts/0/destination", "'/proc/self'", "inside /proc", null),
        ("/mounts/1/type", "'tmpfs'", "only a mount of type proc", "/mounts/1/destination"),
        ("/mounts/0/source", "''", "needs a source", null),
        ("/mounts/0/uidMappings", "[]", "must come together", null), ("/mounts/0/gidMappings", "[]", "must come together", null),
        ("/mounts/0/uidMappings/0/size", "0", "above 0", null),
            ("/mounts/0/gidMappings/0/containerID", "4294967294", "beyond the last id", "/mounts/0/gidMappings/0/size"),
        ("/mounts/0/uidMappings/0/hostID", "4294967290", "beyond the last id", "/mounts/0/uidMappings/0/size"),
        ("/process/cwd", "''", "must not be empty", null), ("/process/cwd", "'tmp'", "absolute path", null),
        ("/process/args", "[]", "must not be empty", null),
        ("/process/env/0", "'A'", "missing '='", null), ("/process/env/0", "'=A'", "name must not be empty", null),
        ("/process/consoleSize/height", "65536", "at most 65535", "/process/consoleSize"),
            ("/process/consoleSize/width", "65536", "at most 65535", "/process/consoleSize"),
        ("/process/rlimits/0/type", "'RLIMIT_X'", "RLIMIT_NOFILE", null), ("/process/rlimits/0/type", "'CORE'", "expected one of", null),
        ("/process/rlimits/0/soft", "3", "above the hard limit", null),
            ("/process/rlimits/0/hard", "0", "above the hard limit", "/process/rlimits/0/soft"),
        ("/process/rlimits", "[{'type':'RLIMIT_AS','soft':1,'hard':1},{'type':'RLIMIT_AS','soft':1,'hard':1}]", "twice",
            "/process/rlimits/1/type"),
        ("/process/oomScoreAdj", "1001", "-1000 to 1000", null), ("/process/oomScoreAdj", "-1001", "-1000 to 1000", null),
        ("/process/scheduler/policy", "'OTHER'", "SCHED_OTHER", null),
            ("/process/scheduler", "{'policy':'SCHED_OTHER','nice':20}", "-20 to 19", "/process/scheduler/nice"),
                ("/process/scheduler", "{'policy':'SCHED_BATCH','nice':-21}", "-20 to 19", "/process/scheduler/nice"),
        ("/process/scheduler/priority", "1", "only for SCHED_FIFO and SCHED_RR", null),
            ("/process/scheduler/flags/0", "'RECLAIM'", "SCHED_FLAG_RECLAIM", null),
        ("/process/scheduler/runtime", "0", "above 0", null), ("/process/scheduler/deadline", "1", "at least the runtime", null),
        ("/process/scheduler/period", "1", "at least the deadline", null),
        ("/process/scheduler", "{'policy':'SCHED_FIFO'}", "1 to 99", "/process/scheduler/priority"),
            ("/process/scheduler", "{'policy':'SCHED_RR','priority':100}", "1 to 99", "/process/scheduler/priority"),
        ("/process/scheduler", "{'policy':'SCHED_IDLE','period':1}", "only for SCHED_DEADLINE", "/process/scheduler/period"),
        ("/process/ioPriority/class", "'BE'", "IOPRIO_CLASS_BE", null), ("/process/ioPriority/priority", "8", "0 to 7", null),
            ("/process/ioPriority/priority", "-1", "0 to 7", null),
        ("/process/execCPUAffinity/initial", "'0;1'", "0-3,7", null), ("/process/execCPUAffinity/initial", "'3-1'", "0-3,7", null),
            ("/process/execCPUAffinity/final", "'x'", "0-3,7", null),
        ("/process/user/uid", "4294967295", "to 4294967294", null), ("/process/user/gid", "4294967295", "to 4294967294", null),
            ("/process/user/uid", "-1", "from 0", null),
        ("/process/user/umask", "512", "0777", null), ("/process/user/additionalGids/0", "4294967295", "to 4294967294", null),
    ];

    /// <summary>config.md#posix-platform-hooks, for each kind.</summary>
    public static readonly (string Property, string Value, string Words)[] Hook =
    [
        ("path", "'true'", "absolute path"), ("path", "''", "absolute path"), ("timeout", "0", "greater than zero"),
            ("timeout", "-1", "greater than zero"),
        ("env/0", "'A'", "missing '='"), ("env/0", "'=A'", "name must not be empty"),
    ];

    /// <summary>config-linux.md but for its resources.</summary>
    public static readonly (string Pointer, string Value, string Words, string? At)[] Linux =
    [
        ("/linux/namespaces/0/type", "'net'", "one of pid, network", null), ("/linux/namespaces/0/path", "'netns'", "absolute path", null),
        ("/linux/namespaces/1", "{'type':'network'}", "twice", "/linux/namespaces/1/type"),
            ("/linux/namespaces/3", "{'type':'ipc'}", "twice", "/linux/namespaces/3/type"),
        ("/linux/namespaces", "[{'type':'mount'},{'type':'user'},{'type':'time'},{'type':'network'}]", "private UTS namespace",
            "/hostname"),
        ("/linux/namespaces", "[{'type':'uts'},{'type':'user'},{'type':'time'},{'type':'network'}]",
            "a mount namespace in addition to the user namespace", "/mounts"),
        ("/linux/namespaces", "[{'type':'uts'},{'type':'mount'},{'type':'user'},{'type':'network'}]", "new time namespace",
            "/linux/timeOffsets"),
        ("/linux/namespaces", "[{'type':'uts'},{'type':'mount'},{'type':'user'},{'type':'time'}]", "network namespace",
            "/linux/netDevices"),
        ("/linux/namespaces/7/path", "'/proc/1/ns/time'", "new time namespace", "/linux/timeOffsets"),
        ("/linux/uidMappings", "[]", "needs mappings", null), ("/linux/gidMappings", "[]", "needs mappings", null),
        ("/linux/uidMappings/0/size", "0", "above 0", null), ("/linux/gidMappings/0/size", "4294967295", "beyond the last id", null),
        ("/linux/uidMappings/0/containerID", "4294967295", "to 4294967294", null),
            ("/linux/gidMappings/0/hostID", "4294967295", "to 4294967294", null),
        ("/linux/uidMappings", "[{'containerID':0,'hostID':1,'size':9},{'containerID':8,'hostID':20,'size':1}]", "overlaps",
            "/linux/uidMappings/1"),
        ("/linux/timeOffsets/monotonic/nanosecs", "1000000000", "to 999999999", null),
            ("/linux/timeOffsets/boottime/nanosecs", "1000000000", "to 999999999", null),
        ("/linux/devices/0/type", "'x'", "one of c, b, u, p", null), ("/linux/devices/0/path", "'dev/x'", "absolute path", null),
            ("/linux/devices/0/path", "'/dev/..'", "absolute path", null),
        ("/linux/devices/0/major", "4096", "to 4095", null), ("/linux/devices/0/minor", "1048576", "to 1048575", null),
            ("/linux/devices/0/minor", "-1", "from 0", null),
        ("/linux/devices/0/fileMode", "65536", "to 65535", null), ("/linux/devices/0/uid", "4294967295", "to 4294967294", null),
            ("/linux/devices/0/gid", "-1", "from 0", null),
        ("/linux/netDevices", "{'a/b':{}}", "network device", "/linux/netDevices/a~1b"),
            ("/linux/netDevices", "{'sixteen-letters.':{}}", "network device", "/linux/netDevices/sixteen-letters."),
        ("/linux/netDevices/eth0/name", "'..'", "network device", null), ("/linux/netDevices/eth0/name", "'a b'", "network device", null),
        ("/linux/rootfsPropagation", "'loud'", "rslave", null), ("/linux/maskedPaths/0", "'proc'", "absolute path", null),
            ("/linux/readonlyPaths/0", "''", "absolute path", null),
        ("/linux/personality/domain", "'LINUX64'", "LINUX32", null),
            ("/linux/personality/flags", "['ADDR_NO_RANDOMIZE']", "no flag is supported", "/linux/personality/flags/0"),
        ("/linux/memoryPolicy/mode", "'BIND'", "MPOL_BIND", null), ("/linux/memoryPolicy/nodes", "'all'", "0-3,7", null),
            ("/linux/memoryPolicy/nodes", "'1024'", "below 1024", null),
        ("/linux/memoryPolicy/flags/0", "'STATIC'", "MPOL_F_STATIC_NODES", null),
        ("/linux/intelRdt/closID", "'..'", "directory's name", null), ("/linux/intelRdt/closID", "'a/b'", "directory's name", null),
            ("/linux/intelRdt/l3CacheSchema", "'L3:0=f\\n'", "newline", null),
        ("/linux/intelRdt/memBwSchema", "'0=50'", "must start with \"MB:\"", null),
            ("/linux/intelRdt/memBwSchema", "'MB:0=50\\nx'", "newline", null), ("/linux/intelRdt/schemata/0", "'a\\nb'", "newline", null),
        ("/linux/sysctl", "{'kernel.core_pattern':'x'}", "change the host", "/linux/sysctl/kernel.core_pattern"),
            ("/linux/sysctl", "{'kernel/hostname':'x'}", "property hostname", "/linux/sysctl/kernel~1hostname"),
        ("/linux/sysctl", "{'net/../kernel/panic':'1'}", "not the name of a sysctl", "/linux/sysctl/net~1..~1kernel~1panic"),
            ("/linux/sysctl", "{'':'1'}", "not the name", "/linux/sysctl/"),
        ("/linux/sysctl", "{'net.a':'1','net/a':'1'}", "twice", "/linux/sysctl/net~1a"),
        ("/linux/seccomp/defaultAction", "'ALLOW'", "SCMP_ACT_ALLOW", null),
            ("/linux/seccomp/defaultAction", "'SCMP_ACT_NOTIFY'", "cannot be the default", null),
        ("/linux/seccomp/defaultAction", "'SCMP_ACT_ALLOW'", "cannot return an errno", "/linux/seccomp/defaultErrnoRet"),
            ("/linux/seccomp/defaultErrnoRet", "4096", "above 4095", null),
        ("/linux/seccomp", "{'architectures':['SCMP_ARCH_X86']}", "expected one of", "/linux/seccomp/defaultAction"),
        ("/linux/seccomp/architectures/0", "'x86_64'", "SCMP_ARCH_X86_64", null),
            ("/linux/seccomp/flags/0", "'LOG'", "SECCOMP_FILTER_FLAG_LOG", null),
        ("/linux/seccomp/listenerPath", "''", "without listenerPath", "/linux/seccomp/listenerMetadata"),
        ("/linux/seccomp/syscalls/0/names", "[]", "at least one entry", null),
            ("/linux/seccomp/syscalls/0/action", "'ERRNO'", "SCMP_ACT_ERRNO", null),
        ("/linux/seccomp/syscalls/0/action", "'SCMP_ACT_KILL'", "cannot return an errno", "/linux/seccomp/syscalls/0/errnoRet"),
            ("/linux/seccomp/syscalls/0/errnoRet", "4096", "above 4095", null),
        ("/linux/seccomp/syscalls/0/args/0/index", "6", "0 to 5", null),
            ("/linux/seccomp/syscalls/0/args/0/op", "'EQ'", "SCMP_CMP_EQ", null),
        ("/linux/seccomp/syscalls/0", "{'names':['write'],'action':'SCMP_ACT_NOTIFY'}", "write", "/linux/seccomp/syscalls/0/action"),
    ];

    /// <summary>config-linux.md#control-groups, below /linux/resources.</summary>
    public static readonly (string Pointer, string Value, string Words, string? At)[] Resources =
    [
        ("/devices/0/access", "''", "r, w and m", null), ("/devices/0/type", "'p'", "one of a, b, c", null),
        ("/devices/0/major", "-2", "from -1", null), ("/devices/0/minor", "4294967296", "to 4294967295", null),
        ("/memory/limit", "-2", "-1 (no limit)", null), ("/memory/reservation", "-2", "-1 (no limit)", null),
            ("/memory/swap", "-2", "-1 (no limit)", null),
        ("/memory/kernel", "-2", "-1 (no limit)", null), ("/memory/kernelTCP", "-2", "-1 (no limit)", null),
            ("/memory/swappiness", "101", "0 to 100", null),
        ("/cpu/shares", "-1", "from 0", null), ("/cpu/period", "-1", "from 0", null), ("/cpu/burst", "50001", "above the quota", null),
            ("/cpu/quota", "999", "above the quota", "/cpu/burst"),
        ("/cpu/idle", "2", "0 or 1", null), ("/cpu/idle", "-1", "0 or 1", null), ("/cpu/cpus", "'0-'", "0-3,7", null),
            ("/cpu/cpus", "'8192'", "below 8192", null), ("/cpu/mems", "'1-0'", "0-3,7", null),
        ("/cpu/realtimePeriod", "-1", "from 0", null), ("/pids/limit", "-2", "-1 (no limit)", null),
        ("/blockIO/weight", "1001", "1 to 1000", null), ("/blockIO/leafWeight", "1001", "1 to 1000", null),
            ("/blockIO/weightDevice/0/weight", "1001", "1 to 1000", null),
        ("/blockIO/weightDevice/0/leafWeight", "1001", "1 to 1000", null),
            ("/blockIO/weightDevice", "[{'major':8,'minor':0}]", "at least one of", "/blockIO/weightDevice/0"),
        ("/blockIO/weightDevice/0/major", "-1", "from 0", null), ("/blockIO/weightDevice/0/minor", "-1", "from 0", null),
        ("/blockIO/throttleReadBpsDevice/0/rate", "-1", "from 0", null), ("/blockIO/throttleReadBpsDevice/0/major", "-1", "from 0", null),
            ("/blockIO/throttleReadBpsDevice/0/minor", "-1", "from 0", null),
        ("/blockIO/throttleWriteBpsDevice/0/rate", "-1", "from 0", null), ("/blockIO/throttleWriteBpsDevice/0/major", "-1", "from 0", null),
            ("/blockIO/throttleWriteBpsDevice/0/minor", "-1", "from 0", null),
        ("/blockIO/throttleReadIOPSDevice/0/rate", "-1", "from 0", null), ("/blockIO/throttleReadIOPSDevice/0/major", "-1", "from 0", null),
            ("/blockIO/throttleReadIOPSDevice/0/minor", "-1", "from 0", null),
        ("/blockIO/throttleWriteIOPSDevice/0/rate", "-1", "from 0", null),
            ("/blockIO/throttleWriteIOPSDevice/0/major", "-1", "from 0", null),
                ("/blockIO/throttleWriteIOPSDevice/0/minor", "-1", "from 0", null),
        ("/hugepageLimits/0/pageSize", "'2mb'", "64KB, 2MB, 1GB", null), ("/hugepageLimits/0/pageSize", "'02MB'", "64KB, 2MB, 1GB", null),
            ("/hugepageLimits/0/limit", "-1", "from 0", null),
        ("/network/classID", "4294967296", "to 4294967295", null), ("/network/priorities/0/name", "'a b'", "network device", null),
            ("/network/priorities/0/priority", "-1", "from 0", null),
        ("/rdma/mlx5_1", "{}", "at least one of", null), ("/rdma/mlx5_1/hcaHandles", "-1", "from 0", null),
            ("/rdma/mlx5_1/hcaObjects", "4294967296", "to 4294967295", null),
        ("/unified", "{'../cgroup.procs':'1'}", "name of a file", "/unified/..~1cgroup.procs"),
            ("/unified", "{'':'1'}", "name of a file", "/unified/"),
    ];

    /// <summary>Of their type every value means something, or only the machine can say that it does not.</summary>
    public static readonly Dictionary<string, string[]> Free = new()
    {
        ["any truth value"] = ["/root/readonly", "/process/terminal", "/process/noNewPrivileges", "/linux/intelRdt/enableMonitoring",
            "/linux/resources/devices/0/allow",
            "/linux/resources/memory/disableOOMKiller", "/linux/resources/memory/useHierarchy",
                "/linux/resources/memory/checkBeforeUpdate"],
        ["any text is data"] = ["/annotations/com.example.key", "/linux/resources/unified/memory.high", "/linux/sysctl/net.ipv4.ip_forward",
            "/linux/seccomp/listenerMetadata"],
        ["the kernel knows the words, and says so"] = ["/process/apparmorProfile", "/process/selinuxLabel", "/linux/mountLabel"],
        ["an unknown capability MUST be warned about"] =
            ["/process/capabilities/bounding/0", "/process/capabilities/effective/0", "/process/capabilities/inheritable/0",
            "/process/capabilities/permitted/0", "/process/capabilities/ambient/0"],
        ["an unknown system call is left out with a warning"] = ["/linux/seccomp/syscalls/0/names/0"],
        ["any number is an argument"] = ["/linux/seccomp/syscalls/0/args/0/value", "/linux/seccomp/syscalls/0/args/0/valueTwo"],
        ["below 0 is without limit"] = ["/linux/resources/cpu/realtimeRuntime"],
        ["any second; the kernel refuses what is before its boot"] =
            ["/linux/timeOffsets/monotonic/secs", "/linux/timeOffsets/boottime/secs"],
        ["any argument of a program"] = ["/process/args/0", "/hooks/prestart/0/args/0", "/hooks/createRuntime/0/args/0",
            "/hooks/createContainer/0/args/0", "/hooks/startContainer/0/args/0",
            "/hooks/poststart/0/args/0", "/hooks/poststop/0/args/0"],
        ["every path leads below the root of the hierarchy; / alone is refused there"] = ["/linux/cgroupsPath"],
        ["only where the policy has one"] = ["/process/scheduler/nice"],
        ["no flag can be listed"] = ["/linux/personality/flags/0"],
        ["seen with the entry before it"] = ["/mounts/0/gidMappings/0/size", "/mounts/0/gidMappings/0/hostID",
            "/mounts/0/uidMappings/0/containerID", "/mounts/0/type",
            "/mounts/0/options/0", "/linux/uidMappings/0/hostID", "/linux/gidMappings/0/containerID"],
    };
}
