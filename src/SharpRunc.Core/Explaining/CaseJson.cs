using System;
using System.Collections.Generic;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Explaining;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The common parts of the commands' JSON.</summary>
internal static class CaseJson
{
    /// <summary>{"action": "SCMP_ACT_ERRNO", "errno": 1, "errnoName": "EPERM"}, without the braces.</summary>
    public static void Action(JsonText json, uint decision)
    {
        json.Member("action", "SCMP_ACT_" + Wording.ActionName(decision));
        if ((decision & SECCOMP_RET_ACTION_FULL) is not (SECCOMP_RET_ERRNO or SECCOMP_RET_TRACE))
            return;
        uint errno = decision & SECCOMP_RET_DATA;
        json.Member("errno", errno);
        if (ErrnoName.Find(errno) is { } name)
            json.Member("errnoName", name);
    }

    /// <summary>In the order in which they are tried; the last has no conditions.</summary>
    public static void Cases(JsonText json, string member, Case[] cases, ProfileDocument document)
    {
        json.Name(member);
        json.StartArray();
        foreach (Case one in cases)
        {
            json.StartObject();
            Strings(json, "conditions", Array.ConvertAll(one.Conditions, Wording.Describe));
            Action(json, one.Action);
            json.Member("reason", one.Reason.Text);
            if (one.Reason.Rule >= 0)
            {
                json.Member("rule", document.RuleIndex(one.Reason.Rule));
                json.Member("pointer", document.Pointer($"/syscalls/{one.Reason.Rule}"));
            }
            json.EndObject();
        }
        json.EndArray();
    }

    public static void Strings(JsonText json, string member, IEnumerable<string> values)
    {
        json.Name(member);
        json.StartArray();
        foreach (string value in values)
            json.Value(value);
        json.EndArray();
    }

    /// <summary>With a final newline.</summary>
    public static byte[] Bytes(JsonText json) => [.. json.Written.Span, (byte)'\n'];
}
