using System;
using SharpRunc.Core;
using SharpRunc.Core.Containers;
using SharpRunc.Linux;

namespace SharpRunc.Commands;

/// <summary>The prefixes that engines know (cli.md §3): <c>sharprunc create failed: …</c>, <c>exec failed: …</c>.</summary>
internal static class Refusal
{
    public static int Of(RuntimeContext context, string prefix, Func<int> act)
    {
        try
        {
            if (context.SystemdCgroup)
                throw new ContainerException("the systemd cgroup driver comes with a later release") { Hint = "leave --systemd-cgroup out: the cgroupfs driver" };
            return act();
        }
        catch (ContainerException e)
        {
            throw e.WithPrefix(prefix);
        }
        catch (SysException e)
        {
            throw ContainerException.From(e, prefix.TrimEnd(' ', ':'));
        }
    }
}
