using System;
using SharpRunc.Core;
using SharpRunc.Linux;

namespace SharpRunc.Commands;

/// <summary>The message prefixes that engines expect: <c>sharprunc create failed: …</c>, <c>exec failed: …</c>.</summary>
internal static class ErrorPrefix
{
    public static int Run(string prefix, Func<int> act)
    {
        try
        {
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
