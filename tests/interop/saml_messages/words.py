"""A Response and an assertion to sign. The place of the Response's assertion is `{}`."""

import datetime

from manifest import ACS, IDP, REQUEST, SP, USER

now = datetime.datetime.now(datetime.timezone.utc)
instant, later = (time.strftime("%Y-%m-%dT%H:%M:%SZ") for time in (now, now + datetime.timedelta(minutes=5)))
ASSERTION = f"""<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a1" Version="2.0" IssueInstant="{instant}">
 <saml:Issuer>{IDP}</saml:Issuer>
 <saml:Subject><saml:NameID>{USER}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
  <saml:SubjectConfirmationData NotOnOrAfter="{later}" Recipient="{ACS}" InResponseTo="{REQUEST}"/></saml:SubjectConfirmation></saml:Subject>
 <saml:Conditions NotBefore="{instant}" NotOnOrAfter="{later}"><saml:AudienceRestriction><saml:Audience>{SP}</saml:Audience></saml:AudienceRestriction></saml:Conditions>
 <saml:AuthnStatement AuthnInstant="{instant}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>
</saml:Assertion>"""
RESPONSE = f"""<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r1" Version="2.0" IssueInstant="{instant}" Destination="{ACS}" InResponseTo="{REQUEST}">
 <saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{IDP}</saml:Issuer>
 <samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
 {{}}</samlp:Response>"""
