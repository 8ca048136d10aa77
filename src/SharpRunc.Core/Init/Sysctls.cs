using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>config-linux.md#sysctl: the assignment of keys to namespaces is already checked; here they are only written.</summary>
internal static class Sysctls
{
    public static void Write(InitPlan plan)
    {
        foreach ((string key, string path, string value) in plan.Sysctls)
            try
            {
                plan.Proc!.Write("sys/" + path, value);
            }
            catch (SysException e)
            {
                string reason = e.Errno is EINVAL or ERANGE ? ", a value that the kernel does not accept" : "";
                string pointer = "/linux/sysctl/" + JsonPointer.Escape(key);
                throw ContainerException.From(ErrorCode.ProcessSysctl, e, $"cannot set sysctl {key} to \"{value}\"{reason}", pointer);
            }
    }
}
